import { onTable, type TableTrigger } from '@rtnl/live-table'
import { AddressFamily } from '@rtnl/netlink-core'
import { type Nexthop, nexthopDefinition } from '@rtnl/nexthop'
import type { Route } from '../message.ts'
import type { RoutePartitions } from '../partitions.ts'

/**
 * When a nexthop object is deleted, the kernel removes its routes. When the object changes, the type and the flags of its
 * routes change, mostly without a notification. An announced object that the table holds already may have been deleted and
 * added again. New objects have no routes, and objects for forwarding entries never have any.
 */
export function nexthopTrigger(partitions: readonly RoutePartitions[]): TableTrigger<Route> {
  return onTable(nexthopDefinition, 'nexthop', (old: Nexthop | undefined, next: Nexthop | undefined) => {
    if (old === undefined || old.fdb === true) return []
    // An IPv6 nexthop may have routes of both families, and so may a group.
    const onlyIpv4 = old.family === AddressFamily.INET && (next === undefined || next.family === AddressFamily.INET)
    const concerned = partitions.filter(({ family }) => family === AddressFamily.INET || !onlyIpv4)
    return concerned.map((partition) => partition.byNexthops)
  })
}
