import { AddressFamily, NexthopFlag, RouteScope } from '@rtnl/netlink-core'
import type { Hop, Route } from '@rtnl/route'
import type { Route6 } from './fib6-table.ts'
import { formatIpv6 } from './ipv6.ts'

/** `ICMPV6_ROUTER_PREF_MEDIUM` */
const mediumPreference = 0
const shown = NexthopFlag.DEAD | NexthopFlag.LINKDOWN | NexthopFlag.ONLINK

/** The entry as the kernel reports it: of all legs, the first of which is the route itself. */
export function route6Entry(route: Route6, legs: readonly Route6[]): Partial<Route> {
  const { table, destination, length, metric, type, protocol, source, mtu } = route
  const isOne = legs.length === 1
  return {
    family: AddressFamily.INET6,
    tos: 0,
    protocol: protocol as NonNullable<Route['protocol']>,
    scope: RouteScope.UNIVERSE,
    type: type as NonNullable<Route['type']>,
    flags: isOne ? route.flags & shown : 0,
    table,
    dst: `${formatIpv6(destination)}/${length}`,
    priority: metric,
    ...(source === undefined ? {} : { prefsrc: formatIpv6(source) }),
    ...(mtu === 0 ? {} : { metrics: { mtu } }),
    ...(isOne ? wayOf(route) : { multipath: legs.map(hopOf) }),
    pref: mediumPreference,
  }
}

function wayOf({ gateway, link }: Route6): Partial<Route> {
  return { ...(gateway === undefined ? {} : { gateway: formatIpv6(gateway) }), oif: link.ifindex }
}

function hopOf({ gateway, link, weight, flags }: Route6): Hop {
  const way = gateway === undefined ? {} : { gateway: formatIpv6(gateway) }
  return { flags: flags & shown, oif: link.ifindex, weight, ...way } as Hop
}
