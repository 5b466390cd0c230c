/**
 * How the table learned of a change.
 * - `dump`: from the first dump
 * - `notification`: from a notification of the kernel
 * - `inferred`: from a relist of a part, after an event about which the kernel is known to be silent
 * - `resync`: from a relist after messages were lost
 */
export type Cause = 'dump' | 'notification' | 'inferred' | 'resync'

/** One difference. `key` is unique in the table; folding the changes of a table by key gives the table. */
export type Change<Entry> =
  | { readonly kind: 'added'; readonly key: string; readonly entry: Entry }
  | { readonly kind: 'changed'; readonly key: string; readonly entry: Entry; readonly old: Entry }
  | { readonly kind: 'removed'; readonly key: string; readonly entry: Entry }

/** The cause of what a resync finds. */
export type ResyncCause = Extract<Cause, 'inferred' | 'resync'>

/** Changes of one table with one cause, in the order in which they were applied. */
export interface EntryChanges<Entry> {
  readonly event: 'change'
  readonly table: string
  readonly cause: Cause
  readonly changes: readonly Change<Entry>[]
  /** Entries in the table at this moment. */
  readonly entries: number
  readonly reason?: undefined
}

/** The stream has delivered all that the table held at its beginning. */
export interface InitialSync {
  readonly event: 'synced'
  readonly table: string
  readonly cause: 'dump'
  readonly changes: readonly []
  /** Entries in the table at this moment. */
  readonly entries: number
  readonly reason?: undefined
}

/** An invalid part of the table has been reread. Its differences came before, as changes with the same cause. */
export interface PartResync {
  readonly event: 'resync'
  readonly table: string
  readonly cause: ResyncCause
  readonly changes: readonly []
  /** Entries in the table at this moment. */
  readonly entries: number
  /** Why the part was invalid: the reason of a trigger (`'link'`), or how messages were lost (`'overrun'`). */
  readonly reason: string
}

/** An entry is too large for the kernel's dumps, so that entries may be missing or out of date (`LiveTable.incomplete`). */
export interface IncompleteTable {
  readonly event: 'incomplete'
  readonly table: string
  readonly cause: 'resync'
  readonly changes: readonly []
  /** Entries in the table at this moment. */
  readonly entries: number
  /** What is incomplete, as a text for people. */
  readonly reason: string
}

/**
 * What a stream of changes delivers: plain values, distinguished by `event`. `changes` is empty unless `event` is `change`, so
 * that a reader who only folds changes need not look at `event`.
 */
export type ChangeBatch<Entry> = EntryChanges<Entry> | InitialSync | PartResync | IncompleteTable

/** Whether two decoded entries, or values inside them, are the same. Entries hold plain values, arrays and objects. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length || Array.isArray(a) !== Array.isArray(b)) return false
  return names.every((name) => sameValue((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]))
}

/** The difference between two states of a row, of which at least one is something. */
export function changeOf<Entry>(key: string, old: Entry | undefined, next: Entry | undefined): Change<Entry> {
  if (next === undefined) return { kind: 'removed', key, entry: old! }
  return old === undefined ? { kind: 'added', key, entry: next } : { kind: 'changed', key, entry: next, old }
}
