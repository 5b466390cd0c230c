import { AddressFamily, findAttribute, littleEndian, MulticastGroup } from '@rtnl/netlink-core'
import { type MessageTrigger, onMessage } from '@rtnl/notifier'
import type { Route } from '../message.ts'
import type { RouteScopes } from '../scopes.ts'

const RTM_NEWNETCONF = 80
/** Bytes of `struct netconfmsg`, padded; it is the family. */
const configurationHeader = 4
/** `NETCONFA_*` */
const Configuration = { IFINDEX: 1, FORWARDING: 2, IGNORE_ROUTES_WITH_LINKDOWN: 6 } as const

/** The setting whether hops without a carrier count as dead (`ignore_routes_with_linkdown`) shows in routes at once. */
export function configurationTrigger(scopes: readonly RouteScopes[]): MessageTrigger<Route> {
  return onMessage({
    reason: 'configuration',
    groups: scopes.map(({ family }) =>
      family === AddressFamily.INET ? MulticastGroup.IPV4_NETCONF : MulticastGroup.IPV6_NETCONF,
    ),
    types: [RTM_NEWNETCONF],
    doubts({ view, body, end }) {
      const find = (type: number): number => findAttribute(view, body + configurationHeader, end, type)
      const scope =
        end - body < configurationHeader ? undefined : scopes.find(({ family }) => family === view.getUint8(body))
      if (scope === undefined || find(Configuration.IGNORE_ROUTES_WITH_LINKDOWN) < 0) return []
      // A new interface tells of all its settings.
      if (find(Configuration.FORWARDING) >= 0) return []
      const at = find(Configuration.IFINDEX)
      // Below 0 is meant for all interfaces, or for those to come.
      const ifindex = at < 0 ? -1 : view.getInt32(at, littleEndian)
      return [ifindex > 0 ? scope.ofInterface(ifindex) : scope.whole]
    },
  })
}
