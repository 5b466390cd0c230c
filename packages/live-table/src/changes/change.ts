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
  | {
      /** What became of the entry. */
      readonly kind: 'added'
      /** The key of the entry as a text. */
      readonly key: string
      /** The entry that is there now. */
      readonly entry: Entry
    }
  | {
      /** What became of the entry. */
      readonly kind: 'changed'
      /** The key of the entry as a text. */
      readonly key: string
      /** The entry as it is now. */
      readonly entry: Entry
      /** The entry as it was. */
      readonly old: Entry
    }
  | {
      /** What became of the entry. */
      readonly kind: 'removed'
      /** The key of the entry as a text. */
      readonly key: string
      /** The entry as it was. */
      readonly entry: Entry
    }

/** The cause of what a resync finds. */
export type ResyncCause = Extract<Cause, 'inferred' | 'resync'>

/** Changes of one table with one cause, in the order in which they were applied. */
export interface EntryChanges<Entry> {
  /** What the batch tells. */
  readonly event: 'change'
  /** Name of the table. */
  readonly table: string
  /** How the table learned of the changes. */
  readonly cause: Cause
  /** At least one. */
  readonly changes: readonly Change<Entry>[]
  /** Entries in the table at this moment. */
  readonly entries: number
  /** Only a `resync` and an incomplete table have one. */
  readonly reason?: undefined
}

/** The stream has delivered all that the table held at its beginning. */
export interface InitialSync {
  /** What the batch tells. */
  readonly event: 'synced'
  /** Name of the table. */
  readonly table: string
  /** That of the content. */
  readonly cause: 'dump'
  /** None: they came before. */
  readonly changes: readonly []
  /** Entries in the table at this moment. */
  readonly entries: number
  /** Only a `resync` and an incomplete table have one. */
  readonly reason?: undefined
}

/** An invalid part of the table has been reread. Its differences came before, as changes with the same cause. */
export interface PartResync {
  /** What the batch tells. */
  readonly event: 'resync'
  /** Name of the table. */
  readonly table: string
  /** Why the part was reread. */
  readonly cause: ResyncCause
  /** None: they came before. */
  readonly changes: readonly []
  /** Entries in the table at this moment. */
  readonly entries: number
  /** Why the part was invalid: the reason of a trigger (`'link'`), or how messages were lost (`'overrun'`). */
  readonly reason: string
}

/** An entry is too large for the kernel's dumps, so that entries may be missing or out of date (`LiveTable.incomplete`). */
export interface IncompleteTable {
  /** What the batch tells. */
  readonly event: 'incomplete'
  /** Name of the table. */
  readonly table: string
  /** A dump has shown it. */
  readonly cause: 'resync'
  /** None. */
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
