import { type Neighbor, NeighborFlag, NeighborState, NeighborType } from '@rtnl/neighbor'
import { AddressFamily } from '@rtnl/netlink-core'
import type { FakeLink } from '../links/link.ts'

const { NONE, REACHABLE, STALE, DELAY, PROBE, NOARP, PERMANENT } = NeighborState

/** States in which the link layer address counts (`NUD_VALID`). */
export const validStates = PERMANENT | NOARP | REACHABLE | PROBE | STALE | DELAY

/** An entry of ARP or ND. */
export interface FakeNeighbor {
  readonly family: number
  readonly link: FakeLink
  readonly dst: string
  /** `RTN_*` of its address when it was made. */
  readonly type: Neighbor['type']
  lladdr: string
  /** `NUD_*`, one of them. */
  state: number
  /** `NTF_EXT_LEARNED` and `NTF_ROUTER`. */
  flags: number
  protocol: number
}

/** A neighbour that the namespace answers for. */
export interface FakeProxy {
  readonly family: number
  /** Undefined for all interfaces. */
  readonly link: FakeLink | undefined
  readonly dst: string
  flags: number
  protocol: number
  /** It stays when the carrier is lost. */
  isPermanent: boolean
}

/** The entry as the kernel reports it. */
export function neighborEntry(neighbor: FakeNeighbor): Partial<Neighbor> {
  const { family, link, dst, type, lladdr, state, flags, protocol } = neighbor
  return {
    family,
    ifindex: link.ifindex,
    state,
    flags,
    type,
    dst,
    ...((state & validStates) === 0 ? {} : { lladdr }),
    ...(protocol === 0 ? {} : { protocol }),
  }
}

/** The entry as the kernel reports it. */
export function proxyEntry({ family, link, dst, flags, protocol }: FakeProxy): Partial<Neighbor> {
  return {
    family,
    ifindex: link?.ifindex ?? 0,
    state: NONE,
    flags: flags | NeighborFlag.PROXY,
    type: NeighborType.UNICAST,
    dst,
    ...(protocol === 0 ? {} : { protocol }),
  }
}

/** What an entry begins as, by the type of its address: nobody is asked for some of them. */
export function newNeighbor(family: number, link: FakeLink, dst: string, type: number): FakeNeighbor {
  const isFixed = type === NeighborType.MULTICAST || type === NeighborType.BROADCAST
  const lladdr = isFixed ? fixedAddress(family, dst, type) : '00:00:00:00:00:00'
  return { family, link, dst, type, lladdr, state: isFixed ? NOARP : NONE, flags: 0, protocol: 0 }
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

/** The hardware address of a multicast group, or of all. */
function fixedAddress(family: number, dst: string, type: number): string {
  if (type === NeighborType.BROADCAST) return 'ff:ff:ff:ff:ff:ff'
  if (family === AddressFamily.INET6) throw new RangeError(`no hardware address is known for ${dst}`)
  const [, second = 0, third = 0, fourth = 0] = dst.split('.').map(Number)
  return ['01:00:5e', hex(second & 0x7f), hex(third), hex(fourth)].join(':')
}
