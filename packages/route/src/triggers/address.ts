import { type MessageTrigger, onMessage } from '@rtnl/live-table'
import { AddressFamily, littleEndian, MulticastGroup } from '@rtnl/netlink-core'
import type { Route } from '../message.ts'
import type { RoutePartitions } from '../partitions.ts'

const RTM_NEWADDR = 20
const RTM_DELADDR = 21
/** `struct ifaddrmsg`, which begins with the family. */
const addressHeader = { ifindex: 4, size: 8 } as const

/**
 * When the last IPv4 address of an interface is deleted, the kernel removes the routes by that interface. When the first one is
 * added, the kernel revives hops. IPv6 routes lose a source address (`prefsrc`) that is deleted. When IPv6 is switched off or
 * on for an interface, the kernel announces the addresses alone.
 */
export function addressTrigger(partitions: readonly RoutePartitions[]): MessageTrigger<Route> {
  return onMessage({
    reason: 'address',
    groups: partitions.map(({ family }) =>
      family === AddressFamily.INET ? MulticastGroup.IPV4_IFADDR : MulticastGroup.IPV6_IFADDR,
    ),
    types: [RTM_NEWADDR, RTM_DELADDR],
    invalidates({ view, body, end, type }) {
      if (end - body < addressHeader.size) return []
      const partition = partitions.find(({ family }) => family === view.getUint8(body))
      if (partition === undefined) return []
      // Routes with the source address may go out anywhere.
      if (partition.family === AddressFamily.INET6 && type === RTM_DELADDR) return [partition.whole]
      return [partition.ofInterface(view.getUint32(body + addressHeader.ifindex, littleEndian))]
    },
  })
}
