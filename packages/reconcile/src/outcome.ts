import type { Conflict } from './plan.ts'

/** A change of one entry. */
export interface Step<Entry> {
  readonly action: 'add' | 'replace' | 'remove'
  readonly entry: Entry
  /** The entry that it takes the place of. */
  readonly old?: Entry
}

/** A change that the kernel refused. */
export interface Failure<Entry> extends Step<Entry> {
  readonly error: Error
}

/** What was done, or would be. */
export class Outcome<Entry> {
  added = 0
  replaced = 0
  removed = 0
  /** Ours that were as they should be. */
  kept = 0
  readonly conflicts: Conflict<Entry>[] = []
  readonly failed: Failure<Entry>[] = []

  /** Requests' worth of changes that were made. */
  get changes(): number {
    return this.added + this.replaced + this.removed
  }

  /** Nothing is left to do that could be done. */
  get complete(): boolean {
    return this.failed.length === 0 && this.conflicts.length === 0
  }

  count(action: Step<Entry>['action'], by: 1 | -1 = 1): void {
    if (action === 'add') this.added += by
    else if (action === 'replace') this.replaced += by
    else this.removed += by
  }
}
