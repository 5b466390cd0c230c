import type { LiveTable } from '@rtnl/live-table'
import type { Desired } from './desired.ts'
import type { Outcome } from './outcome.ts'
import type { Owner } from './owner.ts'
import type { ReconcileRules } from './rules.ts'
import type { CycleOptions } from './sender.ts'
import type { Cause } from './waiting/causes.ts'
import type { Dependencies } from './waiting/dependencies.ts'

/** Whom a controller tells. */
export interface ControllerOptions<Entry> extends Omit<CycleOptions<Entry>, 'dryRun' | 'signal'> {
  /** Ends the opening. Of `keep` it also ends the first attempt at every entry. */
  readonly signal?: AbortSignal | undefined
  /** Called after each cycle of changes with what was done and what the kernel refused. */
  readonly onCycle?: ((outcome: Outcome<Entry>) => void) | undefined
  /** Called when the causes for which desired entries wait have changed, at most once a second. Each cause is listed once. */
  readonly onWaiting?: ((causes: readonly Cause<Entry>[]) => void) | undefined
  /**
   * Called with an error that does not end the controller: it cannot follow changes of what some entries need, and retries
   * these entries by time alone.
   */
  readonly onError?: ((error: Error) => void) | undefined
}

/** What a controller is made of. */
export interface ControllerParts<Entry, Wanted> {
  readonly table: LiveTable<Entry>
  readonly rules: ReconcileRules<Entry, Wanted>
  readonly desired: Desired<Entry, Wanted>
  readonly owner: Owner<Entry>
  readonly dependencies: Dependencies
  /** Functions that the controller calls when it ends, such as the one that closes the table. */
  readonly endings: readonly (() => void)[]
}
