import { LinkMessage } from '@rtnl/link'
import { type EntryTrigger, type MessageTrigger, onEntry, onMessage, type Partition } from '@rtnl/live-table'
import { AddressFamily, findAttribute, littleEndian, MulticastGroup } from '@rtnl/netlink-core'
import { VlanFlag, VlanMessage, VlanState } from './constants.ts'
import { type Vlan, vlansOf } from './message.ts'

type PartsOf = (ifindex: number) => readonly Partition<Vlan>[]

/** When another VLAN becomes the PVID, the kernel announces that VLAN, and not that the former PVID lost the flag. */
export function pvidTrigger(partsOf: PartsOf): EntryTrigger<Vlan> {
  return onEntry('pvid', (old, next) => {
    const became = (next?.flags ?? 0) & ~(old?.flags ?? 0) & VlanFlag.PVID
    return next === undefined || became === 0 ? [] : partsOf(next.ifindex)
  })
}

/**
 * Where a request changes the flags of a range, the kernel announces the range with the options of its first VLAN
 * (`br_vlan_notify` in net/bridge/br_vlan.c), and the others keep those that they have.
 */
export function rangeTriggers(partsOf: PartsOf): readonly [EntryTrigger<Vlan>, MessageTrigger<Vlan>] {
  const reason = 'range'
  return [
    onEntry(reason, (old, next) => {
      if (old === undefined || next === undefined || isUsual(old) || sameOptions(old, next)) return []
      return partsOf(next.ifindex)
    }),
    onMessage<Vlan>({
      reason,
      groups: [MulticastGroup.BRVLAN],
      types: [VlanMessage.NEW],
      invalidates(cursor) {
        // It holds one range.
        const [, second] = vlansOf(cursor)
        return second === undefined || isUsual(second) ? [] : partsOf(second.ifindex)
      },
    }),
  ]
}

/** Options of a VLAN that was just made. */
const usual: Vlan = { family: AddressFamily.BRIDGE, ifindex: 0, state: VlanState.FORWARDING, mcastRouter: 1 }

function isUsual(vlan: Vlan): boolean {
  return sameOptions(vlan, usual)
}

function sameOptions(one: Vlan, other: Vlan): boolean {
  return (
    (one.state ?? usual.state) === (other.state ?? usual.state) &&
    one.tunnelId === other.tunnelId &&
    (one.mcastRouter ?? usual.mcastRouter) === (other.mcastRouter ?? usual.mcastRouter) &&
    (one.mcastMaxGroups ?? 0) === (other.mcastMaxGroups ?? 0) &&
    (one.neighSuppress ?? 0) === (other.neighSuppress ?? 0)
  )
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
