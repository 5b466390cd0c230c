import type { Controller, ControllerOptions } from './controller.ts'
import { type OpenOptions, openReconciliation } from './reconcile.ts'
import type { ReconcileRules } from './rules.ts'

export type KeepOptions<Entry> = OpenOptions & ControllerOptions<Entry>

/**
 * Puts entries into the kernel and keeps them there until it is closed. Resolves once everything was tried once.
 * @param desired all entries of ours that are wanted at first
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
