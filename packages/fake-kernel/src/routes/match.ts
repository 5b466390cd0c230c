import { RouteScope } from '@rtnl/netlink-core'
import type { FibConfig } from './fib-config.ts'
import type { FibInfo } from './fib-info.ts'
import type { FibRoute } from './fib-table.ts'

/** Whether a request for removal means a route: it names the prefix, and anything else or nothing. */
export function matchesConfig({ destination, length, tos, type, info }: FibRoute, config: FibConfig): boolean {
  return (
    destination === config.destination &&
    length === config.length &&
    tos === config.tos &&
    (config.type === 0 || config.type === type) &&
    (config.scope === RouteScope.NOWHERE || config.scope === info.scope) &&
    (config.preferredSource === 0 || config.preferredSource === info.preferredSource) &&
    (config.protocol === 0 || config.protocol === info.protocol) &&
    matchesWays(info, config) &&
    (config.mtu === 0 || config.mtu === info.mtu)
  )
}

function matchesWays({ priority, nexthop, paths }: FibInfo, config: FibConfig): boolean {
  if (config.priority !== 0 && config.priority !== priority) return false
  if (config.nexthopId !== 0) return nexthop?.id === config.nexthopId
  const { gateway, oif, legs } = config
  if (nexthop !== undefined) return oif === 0 && gateway === 0 && legs === undefined
  if (oif !== 0 || gateway !== 0) {
    const [first] = paths
    return (oif === 0 || oif === first?.oif) && (gateway === 0 || gateway === first?.gateway)
  }
  if (legs === undefined) return true
  // The kernel compares leg by leg, and fails where the request has fewer.
  return paths.every((path, index) => {
    const leg = legs[index]
    if (leg === undefined || (leg.oif !== 0 && leg.oif !== path.oif)) return false
    return leg.gateway === 0 || leg.gateway === path.gateway
  })
}
