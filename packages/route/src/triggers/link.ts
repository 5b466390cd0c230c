import { type Link, linkAffectsUsers, linkDefinition } from '@rtnl/link'
import { onTable, type TableTrigger } from '@rtnl/live-table'
import type { Route } from '../message.ts'
import type { RoutePartitions } from '../partitions.ts'

/**
 * When a link goes down, loses or gains its carrier, is deleted or moves away, the kernel silently removes IPv4 routes and
 * changes the state of hops of all families. When the MTU of a link shrinks, the kernel lowers the MTU metric of IPv6 routes.
 */
export function linkTrigger(partitions: readonly RoutePartitions[]): TableTrigger<Route> {
  return onTable(linkDefinition, 'link', (old: Link | undefined, next: Link | undefined) => {
    const ifindex = (next ?? old)?.ifindex
    if (ifindex === undefined || !linkAffectsUsers(old, next)) return []
    return partitions.map((partition) => partition.ofInterface(ifindex))
  })
}
