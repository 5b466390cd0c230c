import { type LiveTableOptions, openTable } from '@rtnl/notifier'
import { acquireClaim } from './claims.ts'
import { desiredInTurns } from './desired.ts'
import { Engine } from './engine.ts'
import type { Outcome } from './outcome.ts'
import type { ReconcileRules } from './rules.ts'
import type { PassOptions } from './sender.ts'

export type ReconcileOptions<Entry> = LiveTableOptions & PassOptions<Entry>

/**
 * Makes the kernel hold exactly these entries of ours, and leaves those of others alone. A second run changes nothing;
 * one that was killed is made good by the next.
 * @param desired all entries of ours that are wanted
 * @returns what was done, and each change that the kernel refused
 * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key; nothing was sent
 * @throws {NetlinkError} no permission, no such namespace
 * @throws {ClaimedError} another part of this program keeps the same entries
 */
export async function reconcile<Entry>(
  rules: ReconcileRules<Entry>,
  desired: Iterable<Partial<Entry>>,
  options: ReconcileOptions<Entry> = {},
): Promise<Outcome<Entry>> {
  const { dryRun: _dryRun, onStep: _onStep, progress: _progress, ...open } = options
  const wanted = await desiredInTurns(rules, desired)
  await using table = await openTable(rules.definition, open)
  const release = acquireClaim(table.notifier.connection, rules.claim)
  try {
    return await new Engine(table, rules, wanted).passChecked(undefined, options)
  } finally {
    release()
  }
}
