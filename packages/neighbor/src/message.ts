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
  type Kind,
  message,
  RouteProtocol,
  s32,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import { NeighborAttribute, NeighborType } from './constants.ts'

/** Offsets in `struct ndmsg`. */
export const neighborHeader = { family: 0, ifindex: 4, state: 8, flags: 10, type: 11, size: 12 } as const

/** Interfaces that have no such addresses, tun for instance, say so with an empty one. */
const linkLayerAddress: Kind<string> = { ...hardwareAddress, minimum: 0 }

/** `struct ndmsg` and the attributes of a neighbour or a forwarding entry. */
export const neighborMessage = message('neighbor', {
  header: {
    family: header(enumerated(u8, AddressFamily)),
    pad1: hidden(u8),
    pad2: hidden(u16),
    ifindex: header(s32),
    state: header(u16),
    flags: header(u8),
    type: header(enumerated(u8, NeighborType)),
  },
  attributes: {
    dst: attribute(NeighborAttribute.DST, address),
    lladdr: attribute(NeighborAttribute.LLADDR, linkLayerAddress),
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
    protocol: attribute(NeighborAttribute.PROTOCOL, enumerated(u8, RouteProtocol)),
    flagsExt: attribute(NeighborAttribute.FLAGS_EXT, u32),
  },
})

/** A neighbour (ARP, ND) or a forwarding entry of a bridge or a vxlan, as the kernel reports it. */
export type Neighbor = Infer<typeof neighborMessage>
