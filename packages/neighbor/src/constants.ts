/** Constants of neighbours and forwarding entries (`linux/neighbour.h`, `linux/rtnetlink.h`). */

/** `RTM_*NEIGH` */
export const NeighborMessage = { NEW: 28, DEL: 29, GET: 30 } as const

/** `NDA_*` */
export const NeighborAttribute = {
  DST: 1,
  LLADDR: 2,
  CACHEINFO: 3,
  PROBES: 4,
  VLAN: 5,
  PORT: 6,
  VNI: 7,
  IFINDEX: 8,
  MASTER: 9,
  SRC_VNI: 11,
  PROTOCOL: 12,
  NH_ID: 13,
  FLAGS_EXT: 15,
} as const

/** How far a neighbour is known (`NUD_*`), as bits, in `state`. */
export const NeighborState = {
  NONE: 0,
  INCOMPLETE: 0x01,
  REACHABLE: 0x02,
  STALE: 0x04,
  DELAY: 0x08,
  PROBE: 0x10,
  FAILED: 0x20,
  NOARP: 0x40,
  PERMANENT: 0x80,
} as const

/** `NTF_*`, in `flags` */
export const NeighborFlag = {
  USE: 0x01,
  SELF: 0x02,
  MASTER: 0x04,
  PROXY: 0x08,
  EXT_LEARNED: 0x10,
  OFFLOADED: 0x20,
  STICKY: 0x40,
  ROUTER: 0x80,
} as const

/** `NTF_EXT_*`, in `flagsExt` */
export const NeighborExtendedFlag = { MANAGED: 1, LOCKED: 2, EXT_VALIDATED: 4 } as const

/** What kind of address a neighbour has (`RTN_*`), in `type`; 0 in entries of bridges, UNICAST in those of vxlans. */
export const NeighborType = { UNSPEC: 0, UNICAST: 1, LOCAL: 2, BROADCAST: 3, ANYCAST: 4, MULTICAST: 5 } as const
