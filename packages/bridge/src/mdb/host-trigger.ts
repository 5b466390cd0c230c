import { type EntryTrigger, onEntry, type Partition, type TableView } from '@rtnl/live-table'
import { isHardwareAddress } from './group.ts'
import type { Mdb } from './message.ts'

/**
 * Invalidates the entries of a bridge itself, which the kernel changes without a notification when entries of its ports change.
 * It removes the bridge's entry of a hardware address when a port leaves the group. It adds and removes the bridge's entry of
 * a group with a source together with the entry of the group without a source.
 * @param partsOf the entries of a bridge
 */
export function hostTrigger(partsOf: (ifindex: number) => readonly Partition<Mdb>[]): EntryTrigger<Mdb> {
  return onEntry('port', (old, next, table) => {
    const entry = next ?? old
    if (entry === undefined || (old !== undefined && next !== undefined)) return []
    const { ifindex, port, source, group, dst } = entry
    // That of a vxlan.
    if (dst !== undefined) return []
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
