import { Outcome, type Reconciliation } from '@rtnl/reconcile'
import type { Place } from '@rtnl/tables'
import { type OpenCheckedOptions, openChecked } from './open-checked.ts'
import { addTo } from './outcome-sum.ts'
import type { SyncReport } from './sync-report.ts'

/**
 * Nothing is sent before all places are checked.
 * @returns whether everything could be done, or would be
 */
export async function syncOnce(
  places: readonly Place[],
  options: OpenCheckedOptions & { readonly dryRun: boolean },
  report: SyncReport,
): Promise<boolean> {
  const open: Reconciliation<unknown>[] = []
  try {
    for (const place of places) open.push(await openChecked(place, options))
    const plan = await report.plan(open, options.dryRun)
    if (options.dryRun) {
      await report.planned(plan)
      return plan.complete
    }
    const done = await report.closing(() => report.long(plan.changes, (progress) => apply(open, progress)))
    await report.done(done)
    return done.complete
  } finally {
    for (const reconciliation of open) reconciliation.close()
  }
}

/** Carries out what is to be done at each place. */
export async function apply(
  open: readonly Reconciliation<unknown>[],
  progress: (done: number) => void = () => {},
): Promise<Outcome<unknown>> {
  const all = new Outcome<unknown>()
  for (const reconciliation of open) {
    const before = all.changes
    addTo(all, await reconciliation.apply({ progress: (done) => progress(before + done) }))
  }
  return all
}
