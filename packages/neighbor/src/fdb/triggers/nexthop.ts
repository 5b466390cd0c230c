import { onTable, type TableTrigger } from '@rtnl/live-table'
import { type Nexthop, nexthopDefinition } from '@rtnl/nexthop'
import type { Neighbor } from '../../message.ts'
import { fdbNotes } from '../notes.ts'
import type { FdbPartitions } from '../partitions.ts'

/** With a group of nexthop objects the kernel removes the vxlan entries that lead to it, without a word of them. */
export function nexthopTrigger(partitions: FdbPartitions): TableTrigger<Neighbor> {
  return onTable(nexthopDefinition, 'nexthop', (old: Nexthop | undefined, next: Nexthop | undefined, table) => {
    if (old?.id === undefined || !isFdbGroup(old) || isFdbGroup(next)) return []
    const vxlans = fdbNotes(table).takeNexthop(old.id)
    // What a reading has shown but the table does not hold yet is not noted: any vxlan may have such an entry.
    return table.state === 'live' ? vxlans.flatMap((ifindex) => partitions.ofVxlan(ifindex)) : [partitions.whole]
  })
}

function isFdbGroup(nexthop: Nexthop | undefined): boolean {
  return nexthop?.fdb === true && nexthop.group !== undefined
}
