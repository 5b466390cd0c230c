import { LinkMessage, linkDefinition } from '@rtnl/link'
import { type MessageTrigger, onMessage } from '@rtnl/live-table'
import { AddressFamily, findAttribute, littleEndian, MulticastGroup } from '@rtnl/netlink-core'
import type { Neighbor } from '../../message.ts'
import { bridgeOf, mayGain } from '../bridge-of.ts'
import { localEntries } from '../local-entries.ts'
import type { FdbPartitions } from '../partitions.ts'

const RTM_DELVLAN = 113
/** `struct br_vlan_msg`; in `struct ifinfomsg` family and index are in the same places. */
const vlanHeader = { family: 0, ifindex: 4, size: 8 } as const
const BRIDGE_VLANDB_ENTRY = 1
const BRIDGE_VLANDB_ENTRY_INFO = 1
const BRIDGE_VLANDB_ENTRY_RANGE = 2

/**
 * A bridge has one local entry for an address and a VLAN. When the port that it names leaves the VLAN, or the bridge does,
 * the kernel silently hands the entry to another one that has the address and is in the VLAN.
 */
export function vlanTrigger(partitions: FdbPartitions): MessageTrigger<Neighbor> {
  return onMessage({
    reason: 'vlan',
    groups: [MulticastGroup.BRVLAN, MulticastGroup.LINK],
    types: [RTM_DELVLAN, LinkMessage.NEW, LinkMessage.DEL],
    invalidates({ view, body, end, type }, table) {
      if (end - body < vlanHeader.size) return []
      const known = localEntries(table)
      const ifindex = view.getUint32(body + vlanHeader.ifindex, littleEndian)
      if (type !== RTM_DELVLAN) {
        const leaves = type === LinkMessage.DEL && view.getUint8(body + vlanHeader.family) === AddressFamily.BRIDGE
        if (leaves) known.leaving.add(ifindex)
        else known.leaving.delete(ifindex)
        return []
      }
      // The port leaves its VLANs before its entries are removed. Then the message about the link says that it left its bridge.
      if (known.leaving.has(ifindex)) return []
      // A table of one interface does not know the entry before it is handed to it.
      if (partitions.ifindex !== undefined) {
        const bridge = bridgeOf(table.dependency(linkDefinition)?.get({ ifindex }))
        return mayGain(table, partitions.ifindex, bridge) ? [partitions.whole] : []
      }
      // During a relist the index lacks entries that the dump has shown but the table does not hold yet.
      if (table.state !== 'live') return [partitions.whole]
      const ranges = vlanRanges(view, body + vlanHeader.size, end)
      const bridges = new Set<number>()
      // A request that removes a VLAN from a port may remove it from the bridge too (`BRIDGE_VLAN_INFO_MASTER`). The kernel does
      // not announce that.
      for (const place of new Set([ifindex, ...known.bridges])) {
        for (const { master, vlan } of known.of(place)) {
          if (master === undefined || vlan === undefined) continue
          if (ranges.some(([first, last]) => vlan >= first && vlan <= last)) bridges.add(master)
        }
      }
      return [...bridges].flatMap((bridge) => partitions.ofBridge(bridge))
    },
  })
}

/** The first and the last VLAN of each range in a message. */
function vlanRanges(view: DataView, start: number, end: number): (readonly [first: number, last: number])[] {
  const ranges: (readonly [number, number])[] = []
  for (let at = start; ; ) {
    const entry = findAttribute(view, at, end, BRIDGE_VLANDB_ENTRY)
    if (entry < 0) return ranges
    const length = view.getUint16(entry - 4, littleEndian) - 4
    const info = findAttribute(view, entry, entry + length, BRIDGE_VLANDB_ENTRY_INFO)
    const range = findAttribute(view, entry, entry + length, BRIDGE_VLANDB_ENTRY_RANGE)
    // `struct bridge_vlan_info`: flags, then the VLAN.
    const first = info < 0 ? 0 : view.getUint16(info + 2, littleEndian)
    ranges.push([first, range < 0 ? first : view.getUint16(range, littleEndian)])
    at = entry + ((length + 3) & ~3)
  }
}
