import { familyPartition, type Partition } from '@rtnl/live-table'
import { AddressFamily, Errno } from '@rtnl/netlink-core'
import type { Address } from './message.ts'

// A kernel without IPv6.
const missing = [Errno.EAFNOSUPPORT, Errno.EOPNOTSUPP]

/** The kernel has the addresses of each family in lists of their own. */
export const inet6: Partition<Address> = familyPartition('inet6', AddressFamily.INET6, missing)

export const partitions: readonly Partition<Address>[] = [familyPartition('inet', AddressFamily.INET, []), inet6]
