import { type EntryTrigger, onEntry, type Partition, type TableView } from '@rtnl/live-table'
import { isHardwareAddress } from './group.ts'
import type { Mdb } from './message.ts'

/**
 * The kernel tells nothing of the entries of a bridge itself that follow those of its ports: one of a hardware address goes when a
 * port leaves the group, and one of a group and a source comes and goes with the entry of the group without a source.
 * @param partsOf the entries of a bridge
 */
export function hostTrigger(partsOf: (ifindex: number) => readonly Partition<Mdb>[]): EntryTrigger<Mdb> {
  return onEntry('port', (old, next, table) => {
    const entry = next ?? old
    if (entry === undefined || (old !== undefined && next !== undefined)) return []
    const { ifindex, port, source, group } = entry
    // A source is known of a port alone; the bridge itself joins groups.
    if (port === ifindex) return source === undefined ? partsOf(ifindex) : []
    return (source !== undefined || isHardwareAddress(group)) && hasHostEntry(table, entry) ? partsOf(ifindex) : []
  })
}

/** Whether the bridge itself has the group of an entry of a port, with its source or without. */
function hasHostEntry(table: TableView<Mdb>, { ifindex, vid = 0, group, source }: Mdb): boolean {
  const host = { ifindex, port: ifindex, group, vid } as Partial<Mdb>
  return table.get(host) !== undefined || (source !== undefined && table.get({ ...host, source }) !== undefined)
}
