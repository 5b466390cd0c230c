import { type Link, linkDefinition } from '@rtnl/link'
import { onTable, type TableTrigger } from '@rtnl/live-table'
import type { Neighbor } from '../../message.ts'
import { bridgeOf, mayGain } from '../bridge-of.ts'
import { localEntries } from '../local-entries.ts'
import type { FdbPartitions } from '../partitions.ts'

/**
 * A bridge has one local entry for an address, even if several of its ports, or a port and the bridge itself, have that
 * address. When the port that the entry names leaves the bridge, or takes another address, the kernel silently hands the
 * entry to another one.
 */
export function portTrigger(partitions: FdbPartitions): TableTrigger<Neighbor> {
  return onTable(linkDefinition, 'port', (old: Link | undefined, next: Link | undefined, table) => {
    const bridge = bridgeOf(old)
    if (old === undefined || bridge === undefined) return []
    const stays = bridgeOf(next) === bridge
    if (stays && old.address === next?.address) return []
    // A table of one interface does not know the entry before it is handed to it.
    if (partitions.ifindex !== undefined && partitions.ifindex !== old.ifindex) {
      return mayGain(table, partitions.ifindex, bridge) ? partitions.ofBridge(bridge) : []
    }
    // During a relist the index lacks entries that the dump has shown but the table does not hold yet.
    if (table.state !== 'live') return partitions.ofBridge(bridge)
    // The kernel announces entries that it removes. A remaining one names an interface that has lost the address.
    for (const { master, lladdr } of localEntries(table).of(old.ifindex)) {
      if (master === bridge && !(stays && lladdr === next?.address)) return partitions.ofBridge(bridge)
    }
    return []
  })
}
