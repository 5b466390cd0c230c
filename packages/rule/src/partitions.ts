import { familyPartition, type Partition } from '@rtnl/live-table'
import { AddressFamily, Errno } from '@rtnl/netlink-core'
import type { Rule } from './message.ts'

/** The kernel has the rules of each family in a list of their own. */
export const partitions: readonly Partition<Rule>[] = [
  familyPartition('inet', AddressFamily.INET, []),
  // A kernel without IPv6.
  familyPartition('inet6', AddressFamily.INET6, [Errno.EAFNOSUPPORT]),
]

/** Those of one family; none for a family that has no rules here. */
export function partitionOf(family: number): readonly Partition<Rule>[] {
  return partitions.filter(({ request }) => request.family === family)
}
