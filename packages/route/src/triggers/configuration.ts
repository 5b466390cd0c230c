import { type MessageTrigger, onMessage } from '@rtnl/live-table'
import { AddressFamily, attribute, header, MulticastGroup, message, s32, u8 } from '@rtnl/netlink-core'
import type { Route } from '../message.ts'
import type { RoutePartitions } from '../partitions.ts'

const RTM_NEWNETCONF = 80

/** `struct netconfmsg`, and some `NETCONFA_*`. */
const configurationMessage = message('configuration', {
  header: { family: header(u8) },
  attributes: {
    ifindex: attribute(1, s32),
    forwarding: attribute(2, s32),
    ignoreRoutesWithLinkdown: attribute(6, s32),
  },
})

/** The setting whether hops without a carrier count as dead (`ignore_routes_with_linkdown`) shows in routes at once. */
export function configurationTrigger(partitions: readonly RoutePartitions[]): MessageTrigger<Route> {
  return onMessage({
    reason: 'configuration',
    groups: partitions.map(({ family }) =>
      family === AddressFamily.INET ? MulticastGroup.IPV4_NETCONF : MulticastGroup.IPV6_NETCONF,
    ),
    types: [RTM_NEWNETCONF],
    invalidates({ view, body, end }) {
      const configuration = configurationMessage.decode(view, body, end)
      const partition = partitions.find(({ family }) => family === configuration.family)
      if (partition === undefined || configuration.ignoreRoutesWithLinkdown === undefined) return []
      // The kernel announces all settings of a new interface.
      if (configuration.forwarding !== undefined) return []
      // Below 0 is meant for all interfaces, or for those to come.
      const { ifindex = -1 } = configuration
      return [ifindex > 0 ? partition.ofInterface(ifindex) : partition.whole]
    },
  })
}
