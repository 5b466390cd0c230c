import { AddressFamily, unmapAddress } from '@rtnl/netlink-core'
import type { Neighbor } from '../message.ts'

/** What is OVN's own: the text line in which its test tool prints a neighbour. */

/**
 * One line for people and logs, as OVN writes it: `ifindex=3 vlan=0 eth=02:00:00:00:00:01 dst=192.0.2.1 port=0 nh_id=0`. What the entry
 * does not have prints as `00:00:00:00:00:00`, `::` and 0. IPv4 in IPv6 prints as IPv4.
 */
export function formatNeighbor({ family, ifindex, vlan, lladdr, dst, port, nhId }: Neighbor): string {
  // Only entries of bridges have a VLAN.
  const tag = family === AddressFamily.BRIDGE ? (vlan ?? 0) : 0
  const address = unmapAddress(dst ?? '::')
  return `ifindex=${ifindex} vlan=${tag} eth=${lladdr ?? '00:00:00:00:00:00'} dst=${address} port=${port ?? 0} nh_id=${nhId ?? 0}`
}
