import { type MessageTrigger, onMessage, type RowBytes } from '@rtnl/live-table'
import { AddressFamily, DecodeError, InvalidBytes, MulticastGroup } from '@rtnl/netlink-core'
import { NeighborFlag, NeighborMessage, NeighborType } from '../../constants.ts'
import { type Neighbor, neighborHeader, neighborMessage } from '../../message.ts'
import { isFloodRow } from '../../row.ts'
import { fdbNotes } from '../notes.ts'
import type { FdbPartitions } from '../partitions.ts'

/**
 * The remotes of an address to which a vxlan floods share their state and their flags. The kernel announces a change of these
 * for one remote only.
 */
export function remotesTrigger(partitions: FdbPartitions): MessageTrigger<Neighbor> {
  return onMessage({
    reason: 'remotes',
    groups: [MulticastGroup.NEIGH],
    types: [NeighborMessage.NEW],
    invalidates({ view, body, end }, table) {
      if (end - body < neighborHeader.size || view.getUint8(body) !== AddressFamily.BRIDGE) return []
      if ((view.getUint8(body + neighborHeader.flags) & NeighborFlag.SELF) === 0) return []
      if (view.getUint8(body + neighborHeader.type) !== NeighborType.UNICAST) return []
      const entry = floodEntry({ view, start: body, end })
      if (entry === undefined) return []
      return fdbNotes(table).invalidatesOthers(entry, table.state === 'live') ? partitions.ofVxlan(entry.ifindex) : []
    },
  })
}

/** @returns `undefined` for an entry of another address, and for a malformed message, after which all is read again */
function floodEntry(row: RowBytes): Neighbor | undefined {
  try {
    return isFloodRow(row) ? neighborMessage.decode(row.view, row.start, row.end) : undefined
  } catch (error) {
    if (error instanceof DecodeError || error instanceof InvalidBytes) return undefined
    throw error
  }
}
