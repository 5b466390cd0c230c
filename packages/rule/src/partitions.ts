import type { Partition } from '@rtnl/live-table'
import { AddressFamily, Errno } from '@rtnl/netlink-core'
import { ruleHeader } from './constants.ts'
import type { Rule } from './message.ts'

/** The kernel has the rules of each family in a list of their own. */
export const partitions: readonly Partition<Rule>[] = [
  ofFamily('inet', AddressFamily.INET),
  ofFamily('inet6', AddressFamily.INET6),
]

/** Those of one family; none for a family that has no rules here. */
export function partitionOf(family: number): readonly Partition<Rule>[] {
  return partitions.filter(({ request }) => request.family === family)
}

function ofFamily(name: string, family: number): Partition<Rule> {
  return {
    name,
    request: { family },
    contains: (rule) => rule.family === family,
    containsRow: ({ view, start }) => view.getUint8(start + ruleHeader.family) === family,
    affectedBy: ({ view, body, end }) =>
      end - body < ruleHeader.size || view.getUint8(body + ruleHeader.family) === family,
    // A kernel without IPv6.
    missing: [Errno.EAFNOSUPPORT],
  }
}
