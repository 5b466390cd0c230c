import type { EntryRows } from '@rtnl/live-table/internal'
import { inTurns } from '@rtnl/netlink-core'
import { conflictOf } from './conflict.ts'
import type { Decision } from './decide.ts'
import { UnmetError } from './errors.ts'
import type { Outcome } from './outcome.ts'
import type { EntryRules } from './rules.ts'
import type { Written } from './written.ts'

/** What a check needs to know of what is desired. */
export interface Check<Entry> {
  readonly rules: EntryRules<Entry>
  readonly rows: EntryRows<Entry>
  sharesKey(id: number): boolean
  decide(id: number, entry: Entry): Decision<Entry>
}

/**
 * Which entries are checked.
 * - `cycle`: the entries that this cycle wrote. A controller follows later changes by others
 * - `written`: the entries that a single run wrote. Nothing follows them later
 * - `all`: all desired entries, since something may have removed them
 */
export type Extent = 'cycle' | 'written' | 'all'

/** Adds to the failures of an outcome the entries that the kernel does not show as desired. */
export async function checkWritten<Entry>(
  check: Check<Entry>,
  written: Written<Entry>,
  outcome: Outcome<Entry>,
  extent: Extent,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { rules, rows } = check
  const failed = new Set<number>()
  await inTurns(outcome.failed, ({ entry }) => failed.add(rows.idOf(entry)))
  await inTurns(outcome.conflicts, ({ entry }) => written.obstructed(rows.idOf(entry)))
  let actions: ReadonlyMap<number, 'add' | 'replace'> | undefined
  await inTurns(idsToCheck(written, outcome, extent), (id) => {
    signal?.throwIfAborted()
    if (failed.has(id) || written.shows(id)) return
    const entry = rows.entry(id)
    const { write, remove, blocked, conflict } = check.decide(id, entry)
    if (conflict !== undefined && write.length === 0) {
      // In a controller the table reports an entry of others that has come into the way.
      if (extent === 'cycle' || !written.obstructed(rows.idOf(entry))) return
      for (const each of check.sharesKey(id) ? blocked : [entry])
        outcome.conflicts.push(conflictOf(rules, each, conflict))
    }
    const error = new UnmetError(rules.describe(entry))
    for (const { old } of write.slice(0, 1)) {
      if (old !== undefined) outcome.failed.push({ action: 'replace', entry, old, error })
      else outcome.failed.push({ action: 'add', entry, error })
    }
    for (const surplus of remove) outcome.failed.push({ action: 'remove', entry: surplus, error })
    if (extent === 'cycle' || (write.length === 0 && conflict === undefined)) return
    failed.add(id)
    actions ??= written.actions()
    const action = actions.get(id)
    if (action === undefined) outcome.unchanged--
    else outcome.count(action, -1)
  })
}

function idsToCheck<Entry>(written: Written<Entry>, outcome: Outcome<Entry>, extent: Extent): Iterable<number> {
  if (extent === 'all') return idsOf(written.rows)
  // What is added leaves everything else as it was; what goes or is replaced may take something with it.
  const onlyAdded =
    outcome.replaced === 0 && outcome.removed === 0 && outcome.failed.every(({ action }) => action === 'add')
  return onlyAdded ? written.unseen() : written.all()
}

function* idsOf<Entry>({ store }: EntryRows<Entry>): Generator<number, void, undefined> {
  for (let id = 0; id < store.idLimit; id++) if (store.has(id)) yield id
}
