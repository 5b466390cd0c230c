import type { EntryList, ListRules } from '@rtnl/live-table'
import { AddressFamily, MessageFlag } from '@rtnl/netlink-core'
import type { RouteFamily } from '../check.ts'
import type { Route } from '../message.ts'
import type { RoutePartitions } from '../partitions.ts'
import { certainly, only, type RouteEdit, type RouteEdits, type RouteEvent } from './edits.ts'
import { applyIpv4 } from './ipv4.ts'
import { applyIpv6 } from './ipv6.ts'

const applyOf: Readonly<Record<RouteFamily, (list: EntryList<Route>, event: RouteEvent) => RouteEdits>> = {
  [AddressFamily.INET]: applyIpv4,
  [AddressFamily.INET6]: applyIpv6,
  // A label has one route.
  [AddressFamily.MPLS]: ({ length }, { kind }) =>
    kind === 'new' ? certainly(...only(length)) : certainly({ edit: 'remove', place: 0 }),
}

/** The kernel's rules for routes under one key. If they leave the result open, the routing table is reread for the family. */
export function routeRules(partitions: readonly RoutePartitions[]): ListRules<Route> {
  const invalidation = ({ family, table = 0 }: Route): RouteEdit => ({
    edit: 'invalidate',
    partitions: partitions
      .filter((partition) => partition.family === family)
      .map((partition) => partition.ofTable(table)),
  })
  return {
    relative: (flags) => (flags & MessageFlag.EXCL) === 0,
    apply(list: EntryList<Route>, event: RouteEvent): readonly RouteEdit[] {
      const apply = applyOf[event.entry.family as RouteFamily]
      const { edits, certain } = apply(list, event)
      return certain ? edits : [...edits, invalidation(event.entry)]
    },
  }
}
