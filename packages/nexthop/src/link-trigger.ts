import { type Link, linkAffectsUsers, linkDefinition } from '@rtnl/link'
import { type Invalidated, onTable, type Partition, type TableTrigger, type TableView } from '@rtnl/live-table'
import type { Nexthop } from './message.ts'
import { nexthopIndex } from './nexthop-index.ts'

const groups: Partition<Nexthop> = {
  name: 'groups',
  request: { groups: true },
  contains: (entry) => entry.group !== undefined,
}

function onInterface(ifindex: number): Partition<Nexthop> {
  return { name: `oif ${ifindex}`, request: { oif: ifindex }, contains: (entry) => entry.oif === ifindex }
}

function invalidates(old: Link | undefined, next: Link | undefined, table: TableView<Nexthop>): Invalidated<Nexthop> {
  const ifindex = (next ?? old)?.ifindex
  if (ifindex === undefined || !linkAffectsUsers(old, next)) return []
  const all = [onInterface(ifindex), groups]
  // During a relist the index lacks nexthops that the dump has shown but the table does not hold yet.
  if (table.state !== 'live') return all
  const index = nexthopIndex(table)
  if (!index.complete) return all
  if (!index.interfaces.has(ifindex)) return []
  for (const id of index.interfaces.users(ifindex)) if (index.groups.has(id)) return all
  return [onInterface(ifindex)]
}

/**
 * When a link goes down, loses its carrier, is deleted or moves to another namespace, the kernel removes its nexthops, takes
 * them out of their groups and removes groups that are then empty. It announces the link alone.
 */
export const linkTrigger: TableTrigger<Nexthop> = onTable(linkDefinition, 'link', invalidates)
