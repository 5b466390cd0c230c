import type { Conflict } from './conflict.ts'

/** A change of one entry. */
export interface Operation<Entry> {
  readonly action: 'add' | 'replace' | 'remove'
  readonly entry: Entry
  /** The entry that it takes the place of. */
  readonly old?: Entry
}

/** A change that the kernel refused. */
export interface Failure<Entry> extends Operation<Entry> {
  readonly error: Error
}

/** What was done, or would be. */
export class Outcome<Entry> {
  added = 0
  replaced = 0
  removed = 0
  /** Ours that were as they should be. */
  unchanged = 0
  readonly conflicts: Conflict<Entry>[] = []
  readonly failed: Failure<Entry>[] = []
  /** Desired entries of which only a part could be carried out, such as the live legs of a multipath route. */
  readonly partial: Entry[] = []
  /** The kernel refused something. */
  refused = false

  /** Requests' worth of changes that were made. */
  get changes(): number {
    return this.added + this.replaced + this.removed
  }

  /** Nothing is left to do that could be done. */
  get complete(): boolean {
    return this.failed.length === 0 && this.conflicts.every(({ givesWay }) => givesWay === true)
  }

  /** Adds what a later pass over those that failed has done; what failed there is all that is left. */
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

  count(action: Operation<Entry>['action'], by: 1 | -1 = 1): void {
    if (action === 'add') this.added += by
    else if (action === 'replace') this.replaced += by
    else this.removed += by
  }
}
