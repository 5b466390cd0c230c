import type { Notifier } from '@rtnl/notifier'
import type { ReconcileRules } from '@rtnl/reconcile'
import { openChecked } from './open-checked.ts'
import type { SyncReport } from './sync-report.ts'

interface OnceOptions {
  readonly notifier: Notifier
  /** Where the entries are from, for errors. */
  readonly file: string
  readonly dryRun: boolean
}

/** @returns whether everything could be done, or would be */
export async function syncOnce(
  rules: ReconcileRules<unknown>,
  entries: readonly object[],
  { notifier, file, dryRun }: OnceOptions,
  report: SyncReport,
): Promise<boolean> {
  await using reconciliation = await openChecked(rules, entries, notifier, file)
  const plan = await report.plan(reconciliation, dryRun)
  if (dryRun) {
    await report.planned(plan)
    return plan.complete
  }
  const done = await report.closing(() => report.long(plan.changes, (progress) => reconciliation.apply({ progress })))
  await report.done(done)
  return done.complete
}
