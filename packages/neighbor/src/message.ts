import {
  AddressFamily,
  address,
  attribute,
  be16,
  enumerated,
  hardwareAddress,
  header,
  hidden,
  type Infer,
  InvalidValue,
  type Kind,
  littleEndian,
  message,
  RouteProtocol,
  s32,
  showValue,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import { NeighborAttribute, NeighborType } from './constants.ts'

/** Offsets in `struct ndmsg`. */
export const neighborHeader = { family: 0, ifindex: 4, state: 8, flags: 10, type: 11, size: 12 } as const

/** Interfaces that have no such addresses, tun for instance, say so with an empty one. */
const linkLayerAddress: Kind<string> = { ...hardwareAddress, minimum: 0 }

const headerFields = {
  /** `AF_INET` (2), `AF_INET6` (10), or `AF_BRIDGE` (7) for forwarding entries. */
  family: header(enumerated(u8, AddressFamily)),
  /** Filler. */
  pad1: hidden(u8),
  /** Filler. */
  pad2: hidden(u16),
  /** Index of the interface: for forwarding entries the port of a bridge, the bridge itself, or the vxlan. */
  ifindex: header(s32),
  /** `NeighborState`. */
  state: header(u16),
  /** `NeighborFlag`. */
  flags: header(u8),
  /** As of a route to the address; 0 for forwarding entries. */
  type: header(enumerated(u8, NeighborType)),
}

const attributes = {
  /** `NDA_DST`: IP address; of a forwarding entry of a vxlan the remote endpoint. */
  dst: attribute(NeighborAttribute.DST, address),
  /** `NDA_LLADDR`: hardware address in hexadecimal, with colons; absent while it is not known. */
  lladdr: attribute(NeighborAttribute.LLADDR, linkLayerAddress),
  /** `NDA_VLAN`: VLAN of a forwarding entry, 1 to 4094; absent: in none. */
  vlan: attribute(NeighborAttribute.VLAN, u16),
  /** UDP port of a vxlan remote, if it is not that of the vxlan. */
  port: attribute(NeighborAttribute.PORT, be16),
  /** VNI at a vxlan remote, if it is not that of the vxlan. */
  vni: attribute(NeighborAttribute.VNI, u32),
  /** VNI here, of a vxlan that carries many (`external`). */
  srcVni: attribute(NeighborAttribute.SRC_VNI, u32),
  /** The interface through which a vxlan remote is reached (`NDA_IFINDEX`). */
  viaIfindex: attribute(NeighborAttribute.IFINDEX, u32),
  /** Group of nexthop objects that a vxlan entry leads to, in place of `dst`. */
  nhId: attribute(NeighborAttribute.NH_ID, u32),
  /** The bridge that an entry belongs to. */
  master: attribute(NeighborAttribute.MASTER, u32),
  /** `NDA_PROTOCOL`: who made it (`RTPROT_*`); absent: nobody says. */
  protocol: attribute(NeighborAttribute.PROTOCOL, enumerated(u8, RouteProtocol)),
  /** `NDA_FLAGS_EXT`: `NeighborExtendedFlag`; absent: none (Linux 5.16). */
  flagsExt: attribute(NeighborAttribute.FLAGS_EXT, u32),
}

/** `struct ndmsg` and the attributes of a neighbour or a forwarding entry. */
export const neighborMessage = message('neighbor', { header: headerFields, attributes })

/** A neighbour (ARP, ND) or a forwarding entry of a bridge or a vxlan, as the kernel reports it. */
export type Neighbor = Infer<typeof neighborMessage>

/**
 * What the kernel measures of an entry: how long ago something happened to it, in hundredths of a second (ticks of `USER_HZ`).
 * That they grow is announced by no message.
 */
export interface NeighborAges {
  /** Since the address was known to be right; of forwarding entries always 0. */
  readonly confirmed: number
  /** Since it was used. */
  readonly used: number
  /** Since it was made or changed. */
  readonly updated: number
  /** References to it; of forwarding entries always 0. */
  readonly refcnt: number
}

/** `struct nda_cacheinfo` (`linux/neighbour.h`) */
const ages: Kind<NeighborAges> = {
  name: 'ages',
  minimum: 16,
  maximum: 16,
  total: true,
  read(view, offset) {
    const at = (place: number): number => view.getUint32(offset + 4 * place, littleEndian)
    return { confirmed: at(0), used: at(1), updated: at(2), refcnt: at(3) }
  },
  write(writer, value) {
    if (typeof value !== 'object' || (value as unknown) === null || Array.isArray(value)) {
      throw new InvalidValue(`${showValue(value)} is not an object`, true)
    }
    const { confirmed, used, updated, refcnt } = value
    for (const number of [confirmed, used, updated, refcnt]) u32.write(writer, number)
  },
}

/** The same message with the measurements of the entry, which live tables leave out. */
export const agedNeighborMessage = message('neighbor', {
  header: headerFields,
  attributes: {
    ...attributes,
    /** `NDA_CACHEINFO` */
    cacheinfo: attribute(NeighborAttribute.CACHEINFO, ages, { volatile: true }),
  },
})

/** A neighbour or a forwarding entry with its ages, as they were when the kernel reported it. */
export type AgedNeighbor = Infer<typeof agedNeighborMessage>
