import { RouteProtocol } from '@rtnl/netlink-core'

/** What is OVN's own: the protocol that marks its routes, and how it names the VRF of a routing table. */

/** The routing protocol that marks routes as OVN's. An exchange uses it unless its options name another one. */
export const advertisedProtocol = RouteProtocol.OVN

/** OVN's name for the VRF of a routing table: `ovnvrf100`. */
export function ovnVrfName(table: number): string {
  return `ovnvrf${table}`
}
