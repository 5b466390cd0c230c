import type { Conflict } from './conflict.ts'

/** A change of one entry. */
export interface Operation<Entry> {
  /** What is done. */
  readonly action: 'add' | 'replace' | 'remove'
  /** The entry as it is to be, or as it was. */
  readonly entry: Entry
  /** The entry that it replaces. */
  readonly old?: Entry
}

/** A change that the kernel refused. */
export interface Failure<Entry> extends Operation<Entry> {
  /** What the kernel said, or what kept it from being asked. */
  readonly error: Error
}

/** What was done; of a plan, what would be done. */
export class Outcome<Entry> {
  /** Number of entries that were added. */
  added = 0
  /** Number of entries that were replaced. */
  replaced = 0
  /** Number of entries that were removed. */
  removed = 0
  /** Number of desired entries that the kernel held already. */
  unchanged = 0
  /** Desired entries with one of somebody else in their way. */
  readonly conflicts: Conflict<Entry>[] = []
  /** Changes that the kernel refused. */
  readonly failed: Failure<Entry>[] = []
  /** Desired entries of which only a part could be written, such as the live hops of a multipath route. */
  readonly partial: Entry[] = []
  /** The kernel refused something. */
  refused = false

  /** Number of changes: added, replaced and removed entries. */
  get changes(): number {
    return this.added + this.replaced + this.removed
  }

  /** Nothing is left to do that could be done. */
  get complete(): boolean {
    return this.failed.length === 0 && this.conflicts.every(({ givesWay }) => givesWay === true)
  }

  /** Adds the outcome of a later cycle over the failures. Its failures replace the present ones. */
  add(later: Outcome<Entry>): void {
    this.added += later.added
    this.replaced += later.replaced
    this.removed += later.removed
    this.unchanged += later.unchanged
    this.failed.length = 0
    for (const failure of later.failed) this.failed.push(failure)
    for (const conflict of later.conflicts) this.conflicts.push(conflict)
    for (const entry of later.partial) this.partial.push(entry)
  }

  /** Counts a change. */
  count(action: Operation<Entry>['action'], by: 1 | -1 = 1): void {
    if (action === 'add') this.added += by
    else if (action === 'replace') this.replaced += by
    else this.removed += by
  }
}
