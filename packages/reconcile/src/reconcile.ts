import { type LiveTable, type LiveTableOptions, openTable } from '@rtnl/notifier'
import { acquireClaim } from './claims.ts'
import { desiredInTurns } from './desired.ts'
import { Engine } from './engine.ts'
import { UnmetError } from './errors.ts'
import type { Outcome, Step } from './outcome.ts'
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
    return await passChecked(table, new Engine(table, rules, wanted), rules, undefined, options)
  } finally {
    release()
  }
}

/** A pass, and a look at whether the kernel shows what it took. */
export async function passChecked<Entry>(
  table: LiveTable<Entry>,
  engine: Engine<Entry>,
  rules: ReconcileRules<Entry>,
  keys: ReadonlyMap<string, Entry> | undefined,
  options: PassOptions<Entry>,
): Promise<Outcome<Entry>> {
  const written = new Map<string, Entry>()
  const onStep = (step: Step<Entry>): void => {
    if (step.action !== 'remove') written.set(rules.key(step.entry), step.entry)
    options.onStep?.(step)
  }
  const outcome = await engine.pass(keys, { ...options, onStep })
  if (options.dryRun === true || written.size === 0) return outcome
  await table.fresh()
  for (const { entry } of outcome.failed) written.delete(rules.key(entry))
  for (const key of written.keys()) if (!engine.desired.has(key)) written.delete(key)
  const unmet = (step: Step<Entry>): void => {
    outcome.failed.push({ ...step, error: new UnmetError(rules.key(step.entry)) })
  }
  await engine.pass(written, { signal: options.signal, dryRun: true, onStep: unmet })
  return outcome
}
