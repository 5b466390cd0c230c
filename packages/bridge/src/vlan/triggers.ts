import { LinkMessage } from '@rtnl/link'
import { type EntryTrigger, type MessageTrigger, onEntry, onMessage, type Partition } from '@rtnl/live-table'
import { AddressFamily, findAttribute, littleEndian, MulticastGroup } from '@rtnl/netlink-core'
import { VlanFlag } from './constants.ts'
import type { Vlan } from './message.ts'

type PartsOf = (ifindex: number) => readonly Partition<Vlan>[]

/** When another VLAN becomes the PVID, the kernel announces that VLAN, and not that the former PVID lost the flag. */
export function pvidTrigger(partsOf: PartsOf): EntryTrigger<Vlan> {
  return onEntry('pvid', (old, next) => {
    const became = (next?.flags ?? 0) & ~(old?.flags ?? 0) & VlanFlag.PVID
    return next === undefined || became === 0 ? [] : partsOf(next.ifindex)
  })
}

/** `struct ifinfomsg`: where the index is, and where attributes begin. */
const header = { ifindex: 4, size: 16 } as const
const IFLA_PROTINFO = 12
const IFLA_BRPORT_VLAN_TUNNEL = 29

/** A port that has no tunnels any more loses the tunnel ids of its VLANs in silence. */
export function tunnelTrigger(partsOf: PartsOf): MessageTrigger<Vlan> {
  return onMessage<Vlan>({
    reason: 'tunnel',
    groups: [MulticastGroup.LINK],
    types: [LinkMessage.NEW],
    invalidates({ view, body, end }, table) {
      if (view.getUint8(body) !== AddressFamily.BRIDGE) return []
      const info = findAttribute(view, body + header.size, end, IFLA_PROTINFO)
      if (info < 0) return []
      const length = view.getUint16(info - 4, littleEndian) - 4
      const tunnel = findAttribute(view, info, info + length, IFLA_BRPORT_VLAN_TUNNEL)
      if (tunnel < 0 || view.getUint8(tunnel) !== 0) return []
      const ifindex = view.getInt32(body + header.ifindex, littleEndian)
      for (const vlan of table) if (vlan.ifindex === ifindex && vlan.tunnelId !== undefined) return partsOf(ifindex)
      return []
    },
  })
}
