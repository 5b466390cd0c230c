import { defineTable, sharedDefinitions, type TableDefinition, type Trigger } from '@rtnl/live-table'
import { AddressFamily, littleEndian, type MessageCursor } from '@rtnl/netlink-core'
import { checkTable, familiesOf } from './check.ts'
import { RouteFlag, RouteMessage } from './constants.ts'
import { routeGroups } from './groups.ts'
import { routeRules } from './lists/rules.ts'
import { type Route, routeHeader, routeMessage } from './message.ts'
import { RoutePartitions, wholeOf } from './partitions.ts'
import { tableIn } from './row.ts'
import { addressTrigger } from './triggers/address.ts'
import { configurationTrigger } from './triggers/configuration.ts'
import { linkTrigger } from './triggers/link.ts'
import { nexthopTrigger } from './triggers/nexthop.ts'

/** The part of all routes that a table holds. */
export interface RoutePart {
  /** Only this family (`AF_INET`, `AF_INET6`, `AF_MPLS`); without it those of IP. */
  readonly family?: number | undefined
  /** Only the routing table with this id. One that does not exist has no routes. */
  readonly table?: number | undefined
}

/**
 * Routes by family, table, prefix, source prefix, tos and priority. Under one key the kernel has a list.
 * @throws {RangeError} there are no routes of the family, or no table can have the id
 */
export function defineRoutes(part: RoutePart = {}): TableDefinition<Route> {
  return definitions(part)
}

const definitions = sharedDefinitions(({ family, table }: RoutePart): TableDefinition<Route> => {
  checkTable(table)
  const families = familiesOf(family)
  const partitions = families.map((known) => new RoutePartitions(known, table))
  return defineTable({
    name: 'route',
    message: routeMessage,
    types: { new: RouteMessage.NEW, delete: RouteMessage.DEL, get: RouteMessage.GET },
    groups: partitions.map((partition) => routeGroups[partition.family]),
    key: ['family', 'dstLen', 'srcLen', 'tos', 'table', 'dst', 'src', 'priority'],
    keyText,
    // Exceptions (PMTU, redirects) are not announced, and are no routes that anybody made.
    accept: ({ view, body }) =>
      (families as readonly number[]).includes(view.getUint8(body)) &&
      (view.getUint32(body + routeHeader.flags, littleEndian) & RouteFlag.CLONED) === 0,
    ...(table === undefined
      ? {}
      : {
          filter: ({ view, body, end }: MessageCursor) => tableIn(view, body, end) === table,
        }),
    lists: routeRules(partitions),
    partitions: [wholeOf(partitions, table)],
    dumps: 'stable',
    triggers: triggersOf(partitions),
  })
})

/** Routes of labels depend on links alone. */
function triggersOf(partitions: readonly RoutePartitions[]): Trigger<Route>[] {
  const link = linkTrigger(partitions)
  if (partitions.every(({ family }) => family === AddressFamily.MPLS)) return [link]
  return [link, nexthopTrigger(partitions), addressTrigger(partitions), configurationTrigger(partitions)]
}

function keyText({ family, table, dst, src, tos, priority }: Route): string {
  if (family === AddressFamily.MPLS) return `label ${dst}`
  const words = [`${table} ${dst}`]
  if (src !== undefined) words.push(`from ${src}`)
  if (tos !== 0) words.push(`tos ${tos}`)
  if (priority !== undefined) words.push(`metric ${priority}`)
  return words.join(' ')
}

/** All routes of a namespace. */
export const routeDefinition: TableDefinition<Route> = defineRoutes()
