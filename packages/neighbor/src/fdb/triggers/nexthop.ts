import { onTable, type TableTrigger } from '@rtnl/live-table'
import { type Nexthop, nexthopDefinition } from '@rtnl/nexthop'
import type { Neighbor } from '../../message.ts'
import { fdbNotes } from '../notes.ts'
import type { FdbPartitions } from '../partitions.ts'

/** When a group of nexthop objects is deleted, the kernel removes the vxlan entries that use it without a notification. */
export function nexthopTrigger(partitions: FdbPartitions): TableTrigger<Neighbor> {
  return onTable(nexthopDefinition, 'nexthop', (old: Nexthop | undefined, next: Nexthop | undefined, table) => {
    if (old?.id === undefined || !isFdbGroup(old) || isFdbGroup(next)) return []
    const vxlans = fdbNotes(table).takeNexthop(old.id)
    // During a relist the notes lack entries that the dump has shown but the table does not hold yet. Any vxlan may have one.
    return table.state === 'live' ? vxlans.flatMap((ifindex) => partitions.ofVxlan(ifindex)) : [partitions.whole]
  })
}

function isFdbGroup(nexthop: Nexthop | undefined): boolean {
  return nexthop?.fdb === true && nexthop.group !== undefined
}
