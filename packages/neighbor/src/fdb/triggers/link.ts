import { type Link, linkDefinition } from '@rtnl/link'
import { onTable, type TableTrigger } from '@rtnl/live-table'
import type { Neighbor } from '../../message.ts'
import { fdbNotes } from '../notes.ts'
import type { FdbPartitions } from '../partitions.ts'

/** When a vxlan moves to another namespace, its entries move with it. The kernel announces them in neither namespace. */
export function linkTrigger(partitions: FdbPartitions): TableTrigger<Neighbor> {
  return onTable(linkDefinition, 'link', (old: Link | undefined, next: Link | undefined, table) => {
    const ifindex = (next ?? old)?.ifindex
    if (ifindex === undefined || isVxlan(old) === isVxlan(next)) return []
    if (isVxlan(next)) return partitions.ofVxlan(ifindex)
    const known = fdbNotes(table).forget(ifindex)
    // During a relist the notes lack entries that the dump has shown but the table does not hold yet.
    return known || table.state !== 'live' ? partitions.ofVxlan(ifindex) : []
  })
}

function isVxlan(link: Link | undefined): boolean {
  return link?.kind === 'vxlan'
}
