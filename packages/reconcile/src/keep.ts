import type { Controller } from './controller.ts'
import type { ControllerOptions } from './controller-options.ts'
import { type OpenOptions, openReconciliation } from './reconcile.ts'
import type { ReconcileRules } from './rules.ts'

/** How entries are kept. */
export type KeepOptions<Entry> = OpenOptions & ControllerOptions<Entry>

/**
 * Makes the kernel hold the desired entries and maintains them until the controller is closed. Resolves once every entry was
 * tried once.
 * @param desired all entries that are desired at first
 * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key; nothing was sent
 * @throws {NetlinkError} no permission, no such namespace
 * @throws {LeaseHeldError} another part of this program keeps the same entries
 */
export async function keep<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  desired: Iterable<Wanted>,
  options: KeepOptions<Entry> = {},
): Promise<Controller<Entry, Wanted>> {
  const { onOperation, onCycle, onWaiting, onError, progress, ...open } = options
  const reconciliation = await openReconciliation(rules, desired, open)
  return await reconciliation.keep({ signal: options.signal, onOperation, onCycle, onWaiting, onError, progress })
}
