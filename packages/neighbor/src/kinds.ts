import { AddressFamily } from '@rtnl/netlink-core'
import { NeighborFlag, NeighborState, NeighborType } from './constants.ts'
import type { Neighbor } from './message.ts'

/**
 * Whether the kernel made a neighbour by itself because its address needs no looking for: multicast, broadcast, local.
 * It says nothing when it makes one, and the live table has none of them. One that was learned from elsewhere (`NTF_EXT_LEARNED`)
 * is a program's. The kernel takes any address for a broadcast one in a namespace that has had no address yet.
 */
export function isKernelMade({ family, state, flags, type }: Neighbor): boolean {
  return (
    family !== AddressFamily.BRIDGE &&
    state === NeighborState.NOARP &&
    (flags & NeighborFlag.EXT_LEARNED) === 0 &&
    type !== NeighborType.UNICAST
  )
}

/**
 * Whether an entry looks as if a program had announced it here: static, and not learned from elsewhere. The kernel
 * keeps no protocol for forwarding entries, so it may be another program's; those that are `self`, of a vxlan for
 * instance, are not meant, and neither is what the kernel made by itself.
 */
export function isOwned(entry: Neighbor): boolean {
  return isAnnounced(entry) && !isKernelMade(entry)
}

/** The same without regard to who made it. */
export function isAnnounced({ state, flags }: Neighbor): boolean {
  return (
    (state & NeighborState.NOARP) !== 0 &&
    (state & NeighborState.PERMANENT) === 0 &&
    (flags & (NeighborFlag.EXT_LEARNED | NeighborFlag.SELF)) === 0
  )
}

/** Whether an entry can be learned from: in no VLAN, not announced here, and not made by the kernel by itself. */
export function isLearned(entry: Neighbor): boolean {
  return (entry.vlan ?? 0) === 0 && !isOwned(entry) && !isKernelMade(entry)
}

/**
 * Whether a forwarding entry names a tunnel endpoint: an entry of the zero address, static and permanent, which floods to the
 * endpoint; or an entry with an endpoint that a program has made.
 */
export function isRemoteVtep(entry: Neighbor): boolean {
  const { family, state, lladdr, dst } = entry
  if (family !== AddressFamily.BRIDGE) return false
  const permanent = NeighborState.NOARP | NeighborState.PERMANENT
  if (!hasHardwareAddress(lladdr) && (state & permanent) === permanent) return true
  return hasAddress(dst) && isMadeByProgram(entry)
}

/** Whether a forwarding entry says, since a program has made it, behind which tunnel endpoint or nexthop group an address is. */
export function isStaticFdb(entry: Neighbor): boolean {
  const { family, lladdr, dst, nhId = 0 } = entry
  return (
    family === AddressFamily.BRIDGE &&
    hasHardwareAddress(lladdr) &&
    isMadeByProgram(entry) &&
    (hasAddress(dst) || nhId !== 0)
  )
}

/**
 * Whether a program has made a forwarding entry of a vxlan, and the vxlan has not learned it by itself. Speakers of EVPN install
 * addresses that do not move, and those of remote default gateways, as sticky and static, and do not say that they are learned
 * from elsewhere.
 */
function isMadeByProgram({ state, flags }: Neighbor): boolean {
  const lasting = NeighborState.NOARP | NeighborState.PERMANENT
  return (state & lasting) !== 0 || (flags & (NeighborFlag.EXT_LEARNED | NeighborFlag.STICKY)) !== 0
}

/** Whether a neighbour is static and was learned from elsewhere: ARP or ND need not ask for it. */
export function isStaticArp({ family, state, flags, lladdr, dst }: Neighbor): boolean {
  return (
    family !== AddressFamily.BRIDGE &&
    hasHardwareAddress(lladdr) &&
    hasAddress(dst) &&
    (state & NeighborState.NOARP) !== 0 &&
    (flags & NeighborFlag.EXT_LEARNED) !== 0
  )
}

function hasHardwareAddress(lladdr: string | undefined): boolean {
  return lladdr !== undefined && /[1-9a-f]/.test(lladdr)
}

function hasAddress(dst: string | undefined): dst is string {
  return dst !== undefined && dst !== '0.0.0.0' && dst !== '::'
}
