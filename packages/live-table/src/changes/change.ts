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

/** Changes of one table with one cause, in the order in which they were applied; or the end of a relist. */
export class ChangeBatch<Entry> {
  /**
   * `synced`: the stream has delivered all that the table held at its beginning. `resync`: an invalid part has been reread; its
   * differences came before. `incomplete`: an entry is too large for the kernel's dumps, so that entries may be missing or out
   * of date (`LiveTable.incomplete`).
   */
  readonly event: 'change' | 'synced' | 'resync' | 'incomplete'
  readonly table: string
  readonly cause: Cause
  readonly changes: readonly Change<Entry>[]
  /** Why a part was invalid, or what is incomplete. Set for `resync` and `incomplete`. */
  readonly reason: string | undefined
  /** Entries in the table at this moment. */
  readonly entries: number

  constructor(
    event: 'change' | 'synced' | 'resync' | 'incomplete',
    table: string,
    cause: Cause,
    entries: number,
    changes: readonly Change<Entry>[] = [],
    reason?: string,
  ) {
    this.event = event
    this.table = table
    this.cause = cause
    this.entries = entries
    this.changes = changes
    this.reason = reason
  }

  get added(): Entry[] {
    return this.changes.flatMap((change) => (change.kind === 'added' ? [change.entry] : []))
  }

  /** Pairs of old and new. */
  get changed(): [old: Entry, entry: Entry][] {
    return this.changes.flatMap((change) => (change.kind === 'changed' ? [[change.old, change.entry]] : []))
  }

  /** The removed entries, as they were before. */
  get removed(): Entry[] {
    return this.changes.flatMap((change) => (change.kind === 'removed' ? [change.entry] : []))
  }
}

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
