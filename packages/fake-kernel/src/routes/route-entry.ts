import { AddressFamily, NexthopFlag } from '@rtnl/netlink-core'
import { type Hop, type Route, RouteType } from '@rtnl/route'
import { formatIpv4 } from '../ipv4.ts'
import type { FibPath } from './fib-info.ts'
import { type FibRoute, pathsOf } from './fib-table.ts'

/** The entry as the kernel reports it, with `nexthop_compat_mode`. */
export function routeEntry({ table, destination, length, tos, type, info }: FibRoute): Partial<Route> {
  const paths = pathsOf(info)
  const [only] = paths.length === 1 ? paths : []
  return {
    family: AddressFamily.INET,
    tos,
    protocol: info.protocol,
    scope: info.scope,
    type: info.nexthop?.isBlackhole() === true ? RouteType.BLACKHOLE : type,
    flags: only === undefined ? info.flags : shownFlags(only),
    table,
    dst: `${formatIpv4(destination)}/${length}`,
    ...(info.priority === 0 ? {} : { priority: info.priority }),
    ...(info.preferredSource === 0 ? {} : { prefsrc: formatIpv4(info.preferredSource) }),
    ...(info.mtu === 0 ? {} : { metrics: { mtu: info.mtu } }),
    ...(info.nexthop === undefined ? {} : { nhId: info.nexthop.id }),
    ...(only === undefined ? { multipath: paths.map(hopOf) } : wayOf(only)),
  }
}

function shownFlags({ flags }: FibPath): number {
  return flags & (NexthopFlag.DEAD | NexthopFlag.LINKDOWN | NexthopFlag.ONLINK)
}

function wayOf({ gateway, link }: FibPath): Partial<Route> {
  return {
    ...(gateway === 0 ? {} : { gateway: formatIpv4(gateway) }),
    ...(link === undefined ? {} : { oif: link.ifindex }),
  }
}

function hopOf(path: FibPath): Hop {
  return {
    flags: shownFlags(path),
    oif: path.link?.ifindex ?? 0,
    weight: path.weight,
    ...(path.gateway === 0 ? {} : { gateway: formatIpv4(path.gateway) }),
  } as Hop
}
