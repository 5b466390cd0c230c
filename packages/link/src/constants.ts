/** Constants of links (`linux/rtnetlink.h`, `linux/if_link.h`, `linux/if.h`). */

export const LinkMessage = { NEW: 16, DEL: 17, GET: 18 } as const

/** Offsets in `struct ifinfomsg`. */
export const linkHeader = { ifindex: 4, size: 16 } as const

/** `IFLA_*` */
export const LinkAttribute = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  OPERSTATE: 16,
  LINKINFO: 18,
  EXT_MASK: 29,
  CARRIER: 33,
  LINK_NETNSID: 37,
  NEW_IFINDEX: 49,
  PROP_LIST: 52,
  ALT_IFNAME: 53,
} as const

/** `RTEXT_FILTER_*`: what `IFLA_EXT_MASK` asks for, or leaves out. */
export const LinkFilter = { SKIP_STATS: 8 } as const

/** `IFLA_INFO_*`, inside `IFLA_LINKINFO` */
export const LinkInfoAttribute = { KIND: 1, DATA: 2 } as const

/** `IFLA_VXLAN_*` */
export const VxlanAttribute = {
  ID: 1,
  GROUP: 2,
  LINK: 3,
  LOCAL: 4,
  LEARNING: 7,
  PORT: 15,
  GROUP6: 16,
  LOCAL6: 17,
  COLLECT_METADATA: 25,
} as const

/** `IFLA_VRF_*` */
export const VrfAttribute = { TABLE: 1 } as const

/** `IFLA_MACVLAN_*` */
export const MacvlanAttribute = { MODE: 1 } as const

/** `IFLA_BR_*` */
export const BridgeAttribute = { AGEING_TIME: 4, STP_STATE: 5, VLAN_FILTERING: 7 } as const

/** `IFF_*` */
export const LinkFlag = {
  UP: 1,
  BROADCAST: 2,
  LOOPBACK: 8,
  RUNNING: 0x40,
  NOARP: 0x80,
  SLAVE: 0x800,
  MULTICAST: 0x1000,
  LOWER_UP: 0x10000,
} as const
