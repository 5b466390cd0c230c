import { type Link, linkDefinition } from '@rtnl/link'
import { onTable, type TableTrigger } from '@rtnl/live-table'
import type { Neighbor } from '../../message.ts'
import { bridgeOf, mayGain } from '../bridge-of.ts'
import { localEntries } from '../local-entries.ts'
import type { FdbScopes } from '../scopes.ts'

/**
 * A bridge has one local entry for an address, even if several of its ports, or a port and the bridge itself, have that
 * address. When the one that the entry names leaves the bridge, or takes another address, the kernel hands the entry to
 * another one in silence.
 */
export function portTrigger(scopes: FdbScopes): TableTrigger<Neighbor> {
  return onTable(linkDefinition, 'port', (old: Link | undefined, next: Link | undefined, table) => {
    const bridge = bridgeOf(old)
    if (old === undefined || bridge === undefined) return []
    const stays = bridgeOf(next) === bridge
    if (stays && old.address === next?.address) return []
    // A table of one interface does not know the entry before it is handed to it.
    if (scopes.ifindex !== undefined && scopes.ifindex !== old.ifindex) {
      return mayGain(table, scopes.ifindex, bridge) ? scopes.ofBridge(bridge) : []
    }
    // What a reading has shown but the table does not hold yet is not noted.
    if (table.state !== 'live') return scopes.ofBridge(bridge)
    // The kernel tells of entries that it removes. One that is left names an interface that has lost the address.
    for (const { master, lladdr } of localEntries(table).of(old.ifindex)) {
      if (master === bridge && !(stays && lladdr === next?.address)) return scopes.ofBridge(bridge)
    }
    return []
  })
}
