import type { Partition } from '@rtnl/live-table'
import { AddressFamily, Errno } from '@rtnl/netlink-core'
import { addressHeader } from './constants.ts'
import type { Address } from './message.ts'

/** The kernel has the addresses of each family in lists of their own. */
export const inet6: Partition<Address> = ofFamily('inet6', AddressFamily.INET6)

export const partitions: readonly Partition<Address>[] = [ofFamily('inet', AddressFamily.INET), inet6]

function ofFamily(name: string, family: number): Partition<Address> {
  return {
    name,
    request: { family },
    contains: (entry) => entry.family === family,
    containsRow: ({ view, start }) => view.getUint8(start + addressHeader.family) === family,
    affectedBy: ({ view, body, end }) =>
      end - body < addressHeader.size || view.getUint8(body + addressHeader.family) === family,
    // A kernel without IPv6.
    missing: [Errno.EAFNOSUPPORT, Errno.EOPNOTSUPP],
  }
}
