import { sameValue } from '@rtnl/live-table'

/** Whether there are the same entries, in whatever order. */
export function sameEntries(one: Iterable<unknown>, other: Iterable<unknown>): boolean {
  const sorted = (entries: Iterable<unknown>): string[] => [...entries].map((entry) => JSON.stringify(entry)).sort()
  return sameValue(sorted(one), sorted(other))
}
