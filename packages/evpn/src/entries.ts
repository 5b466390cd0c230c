/** Where a vxlan sends frames to. */
export interface Remote {
  /** Canonical text of an IPv4 or IPv6 address. */
  readonly ip: string
  /** UDP port. */
  readonly port: number
  /** The VNI on the wire: that of the segment, unless the remote gives the segment another one. */
  readonly encapVni: number
  /** Index of the interface below that it goes through, if an entry names one. */
  readonly via?: number
}

/** A virtual network: the segment that a VNI names here. */
export interface Vni {
  /** 0 to 2^24 - 1. */
  readonly vni: number
  /** Interface indexes of its vxlans, from the smallest: one, or one of each address family. */
  readonly devices: readonly number[]
  /** Interface index of the bridge that its vxlans are ports of. */
  readonly bridge?: number
  /** The VLAN of that bridge that is mapped to it; absent where the bridge does not filter by VLAN. */
  readonly vlan?: number
  /** Index of the interface with its addresses: the bridge, or a VLAN device on it. */
  readonly svi?: number
  /** Interface index of the VRF that the SVI is in. */
  readonly vrf?: number
  /** Local addresses of its vxlans. */
  readonly local: readonly string[]
  /** UDP ports of its vxlans, from the smallest. */
  readonly ports: readonly number[]
}

/** A remote tunnel endpoint of a VNI. It is there as long as something refers to it. */
export interface Vtep {
  /** VNI of the segment. */
  readonly vni: number
  /** Canonical text of an IPv4 or IPv6 address. */
  readonly ip: string
  /** UDP port. */
  readonly port: number
  /** The VNI on the wire. */
  readonly encapVni: number
  /** A number from 0x80000001 that no other endpoint has. It is stable while the endpoint lives, and used again after that. */
  readonly id: number
  /** Whether broadcasts of the VNI are sent to it. */
  readonly flood: boolean
  /** Hardware addresses that are behind it alone. */
  readonly macs: number
  /** Groups of the VNI that have a path to it. */
  readonly groups: number
  /** Interface indexes of the vxlans that refer to it, from the smallest. */
  readonly devices: readonly number[]
}

/**
 * Where broadcasts, unknown destinations and multicasts of a VNI go.
 * - `vtep`: to a remote endpoint
 * - `multicast`: to a group of the network below
 * - `group`: to one member of a group of nexthops, which the kernel picks: it does not replicate
 */
export interface Flood {
  /** VNI of the segment. */
  readonly vni: number
  /** Interface index of the vxlan. */
  readonly ifindex: number
  /** Which of these it is. */
  readonly kind: 'vtep' | 'multicast' | 'group'
  /** Of `vtep` and `multicast`: where to. */
  readonly remote?: Remote
  /** Of `group`: id of the nexthop object. */
  readonly nhId?: number
}

/** One way to a hardware address. */
export interface Path {
  /** The endpoint that it leads to. */
  readonly remote: Remote
  /** Share of the traffic in proportion to the other paths; 1 where there are no nexthops. */
  readonly weight: number
  /** Id of the nexthop object that it is from. */
  readonly nexthopId?: number
}

/**
 * - `resolved`: all of it can be used
 * - `partial`: some members of the group cannot
 * - `unresolved`: nothing can
 */
export type Status = 'resolved' | 'partial' | 'unresolved'

/**
 * Why a member of a group is no path: there is none, it has no gateway, is not for forwarding entries, is a group, is
 * of the other address family, is no endpoint.
 */
export type MemberReason = 'missing' | 'no-gateway' | 'not-fdb' | 'is-group' | 'family' | 'no-endpoint'

/** A member of a group that is no path. */
export interface MemberFailure {
  /** Id of the nexthop object. */
  readonly member: number
  /** Why it is no path. */
  readonly reason: MemberReason
}

/**
 * Why a nexthop object is no group of endpoints: there is none, it is none, it is not for forwarding entries, it has
 * no members.
 */
export type GroupReason = 'nexthop-missing' | 'nexthop-not-group' | 'nexthop-not-fdb' | 'no-members'

/** A group of nexthops as a VNI uses it: an Ethernet segment, to which several endpoints are attached. */
export interface Group {
  /** VNI of the segment. */
  readonly vni: number
  /** Id of the nexthop object. */
  readonly nhId: number
  /** Interface indexes of the vxlans whose entries use it, from the smallest. */
  readonly devices: readonly number[]
  /** Sorted by address (IPv4 first), weight and nexthop. */
  readonly paths: readonly Path[]
  /** How much of it can be used. */
  readonly status: Status
  /** Why it is unresolved. */
  readonly reason?: GroupReason
  /** Members that are no path. */
  readonly failures: readonly MemberFailure[]
  /** Hardware addresses of the VNI that are behind it. */
  readonly macs: number
}

/** An entry of another vxlan for the same hardware address, which loses. */
export interface OtherRow {
  /** Interface index of the other vxlan. */
  readonly ifindex: number
  /** Id of the nexthop object that the entry leads to, if it leads to one. */
  readonly nhId?: number
  /** The endpoint that the entry leads to, if it leads to one. */
  readonly remote?: Remote
}

/**
 * Where a remote hardware address is.
 * - `single`: behind one endpoint
 * - `group`: behind the endpoints of a group of nexthops, even if it is a group of one
 */
export interface Fdb {
  /** VNI of the segment. */
  readonly vni: number
  /** Six bytes in hexadecimal, with colons. */
  readonly mac: string
  /** Interface index of the vxlan. */
  readonly ifindex: number
  /** Which of these it is. */
  readonly kind: 'single' | 'group'
  /** Of `group`: id of the nexthop object. */
  readonly nhId?: number
  /** Those of the group at the time of reading, if it is behind one. A change of the group alone is no change of the entry. */
  readonly paths: readonly Path[]
  /** How much of it can be used. */
  readonly status: Status
  /** The speaker says that it does not move. */
  readonly sticky: boolean
  /** Who has made the entry: a speaker, a program or a person, or the vxlan by itself. */
  readonly origin: 'controlPlane' | 'static' | 'learned'
  /** Interface index of the port at which the bridge has the address: the kernel uses that one. */
  readonly shadowedBy?: number
  /** Entries of other vxlans of the VNI for the address. */
  readonly others: readonly OtherRow[]
}

/** Which hardware address a remote IP address has. */
export interface Arp {
  /** VNI of the segment. */
  readonly vni: number
  /** `AF_INET` or `AF_INET6`. An IPv4 address and the same one mapped into IPv6 are two entries. */
  readonly family: number
  /** Canonical text of the address. */
  readonly ip: string
  /** Six bytes in hexadecimal, with colons. */
  readonly mac: string
  /** Interface index of the SVI. */
  readonly ifindex: number
  /** Whether it is said to be a router (`NTF_ROUTER`). */
  readonly router: boolean
  /** `nexthop`: an endpoint itself, whose router has the address; `host`: somebody behind one. */
  readonly role: 'host' | 'nexthop'
  /** Who made the entry (`RTPROT_*`); absent: nobody says. */
  readonly protocol?: number
}

/** Why a row of the kernel or a segment leads nowhere. */
export type Reason =
  | 'no-interface'
  | 'not-vxlan'
  | 'invalid-vni'
  | 'duplicate-vni'
  | 'no-bridge'
  | 'no-vni'
  | 'vni-not-configured'
  | 'no-svi-vni'
  | 'no-remote'
  | 'multicast-remote'
  | 'multicast-mac'
  | GroupReason
  | MemberReason

/** A row of the kernel, a member of a group or a segment that leads nowhere. */
export interface Unresolved {
  /** Where it stands. */
  readonly table: 'segment' | 'fdb' | 'neighbor' | 'nexthop'
  /** The key of the row in its table; for members `VNI GROUP MEMBER`, for segments their place and the name of an interface. */
  readonly row: string
  /** VNI of the segment, as far as it is known. */
  readonly vni?: number
  /** Of forwarding entries and neighbours: the hardware address. */
  readonly mac?: string
  /** Id of the nexthop object, of what refers to one. */
  readonly nhId?: number
  /** Of a member of a group: id of the nexthop object that it is. */
  readonly member?: number
  /** Why it leads nowhere. */
  readonly reason: Reason
  /** A sentence for people. */
  readonly text: string
}

/**
 * What works otherwise than a speaker means it.
 * - `shadowed`: the bridge has the address at another port, and uses that
 * - `bridge-only`: the bridge has the address at the vxlan, which does not know it, and floods
 * - `vxlan-only`: the vxlan knows the address, and the bridge does not, and floods
 * - `vtep-not-flooded`: the VNI floods to other endpoints, and not to this one
 * - `router-mac-conflict`: several endpoints have the same router address, which leads to one of them
 * - `duplicate-mac`: several vxlans of the VNI know the address
 * - `vni-filtered`: the vxlan does not take the VNI
 */
export type NoticeKind =
  | 'shadowed'
  | 'bridge-only'
  | 'vxlan-only'
  | 'vtep-not-flooded'
  | 'router-mac-conflict'
  | 'duplicate-mac'
  | 'vni-filtered'

/** Something that works otherwise than the speaker means it. */
export interface Notice {
  /** What is otherwise. */
  readonly kind: NoticeKind
  /** What it is about: `VNI MAC`, `VNI IP PORT ENCAPVNI`, or `VNI IFINDEX`. */
  readonly subject: string
  /** VNI of the segment. */
  readonly vni: number
  /** Of `shadowed`: interface index of the port at which the bridge has the address. */
  readonly ifindex?: number
  /** A sentence for people. */
  readonly text: string
}
