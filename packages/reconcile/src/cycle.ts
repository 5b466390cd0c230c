import type { EntryRows } from '@rtnl/live-table/internal'
import type { OperationRequest } from './operation-request.ts'
import type { Outcome } from './outcome.ts'
import type { Sender } from './sender.ts'
import type { Written } from './written.ts'

/** A cycle that is running. */
export interface Cycle<Entry> {
  /** What is desired. */
  readonly rows: EntryRows<Entry>
  readonly outcome: Outcome<Entry>
  readonly sender: Sender<Entry>
  /** Requests that were found and not handed over yet. */
  readonly found: OperationRequest<Entry>[]
  /** Owned entries to remove once everything is written. */
  readonly leftOver: Entry[]
  /** Keys under which several entries are desired, and which this cycle has decided together. */
  readonly shared: Set<number>
  /** Ids of desired entries whose condition does not hold. */
  readonly waiting: ReadonlySet<number>
  /** Desired entries that were written, where it matters whether the kernel shows them. */
  readonly written: Written<Entry> | undefined
}
