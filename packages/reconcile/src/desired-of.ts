import { inTurns } from '@rtnl/netlink-core'
import { Desired } from './desired.ts'
import type { Namespace } from './namespace.ts'
import type { ReconcileRules } from './rules.ts'

/**
 * Checks desired entries.
 * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key; the place stands
 *   before the field: `[3].gateway: ...`
 */
export function desiredOf<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  entries: Iterable<Wanted>,
): Desired<Entry, Wanted> {
  const desired = new Desired(rules)
  for (const entry of entries) desired.add(entry)
  return desired
}

/** The same of many entries, without holding up the event loop. */
export async function desiredInTurns<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  entries: Iterable<Wanted>,
  namespace?: Namespace,
): Promise<Desired<Entry, Wanted>> {
  const desired = new Desired(rules, namespace)
  await inTurns(entries, (entry) => desired.add(entry))
  return desired
}
