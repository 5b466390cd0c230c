import type { Notifier } from '@rtnl/notifier'
import { openReconciliation, type ReconcileRules, type Reconciliation } from '@rtnl/reconcile'
import { UsageError } from '../usage-error.ts'
import { nameOf } from './desired-file.ts'

/** An entry of the file is none that can be written. Nothing was sent. */
export class BadEntryError extends UsageError {
  override readonly name: string = 'BadEntryError'
}

/**
 * As `openReconciliation`. Bad entries are bad usage.
 * @throws {BadEntryError} an entry that the kernel could not take, or two of the same
 */
export async function openChecked(
  rules: ReconcileRules<unknown>,
  entries: readonly object[],
  notifier: Notifier,
  file: string,
): Promise<Reconciliation<unknown>> {
  try {
    return await openReconciliation(rules, entries, { notifier })
  } catch (error) {
    const bad = error instanceof TypeError || error instanceof RangeError
    throw bad && error.message.startsWith('[') ? new BadEntryError(`${nameOf(file)}: ${error.message}`) : error
  }
}
