/** Constants of links (`linux/rtnetlink.h`, `linux/if_link.h`, `linux/if.h`). */

/** `RTM_*LINK` */
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
  PROTINFO: 12,
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
export const LinkInfoAttribute = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const

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
  GBP: 23,
  COLLECT_METADATA: 25,
  VNIFILTER: 30,
} as const

/** `IFLA_VRF_*` */
export const VrfAttribute = { TABLE: 1 } as const

/** `IFLA_MACVLAN_*` */
export const MacvlanAttribute = { MODE: 1 } as const

/** `IFLA_BR_*` */
export const BridgeAttribute = {
  AGEING_TIME: 4,
  STP_STATE: 5,
  VLAN_FILTERING: 7,
  VLAN_PROTOCOL: 8,
  MCAST_SNOOPING: 23,
} as const

/** `IFLA_BRPORT_*`, of the ports of a bridge */
export const BridgePortAttribute = {
  STATE: 1,
  PRIORITY: 2,
  COST: 3,
  MODE: 4,
  GUARD: 5,
  PROTECT: 6,
  FAST_LEAVE: 7,
  LEARNING: 8,
  UNICAST_FLOOD: 9,
  PROXYARP: 10,
  PROXYARP_WIFI: 12,
  MULTICAST_ROUTER: 25,
  MCAST_FLOOD: 27,
  MCAST_TO_UCAST: 28,
  VLAN_TUNNEL: 29,
  BCAST_FLOOD: 30,
  NEIGH_SUPPRESS: 32,
  ISOLATED: 33,
  BACKUP_PORT: 34,
  LOCKED: 39,
  MAB: 40,
  MCAST_N_GROUPS: 41,
  MCAST_MAX_GROUPS: 42,
  NEIGH_VLAN_SUPPRESS: 43,
  BACKUP_NHID: 44,
} as const

/** `BR_STATE_*` (`linux/if_bridge.h`): states of a port of a bridge */
export const BridgePortState = { DISABLED: 0, LISTENING: 1, LEARNING: 2, FORWARDING: 3, BLOCKING: 4 } as const

/** `IFLA_VLAN_*` */
export const VlanAttribute = { ID: 1, FLAGS: 2, PROTOCOL: 5 } as const

/** `VLAN_FLAG_*` (`linux/if_vlan.h`) */
export const VlanFlag = { REORDER_HDR: 1, GVRP: 2, LOOSE_BINDING: 4, MVRP: 8, BRIDGE_BINDING: 0x10 } as const

/** `IFLA_BOND_*` */
export const BondAttribute = {
  MODE: 1,
  ACTIVE_SLAVE: 2,
  MIIMON: 3,
  UPDELAY: 4,
  DOWNDELAY: 5,
  PRIMARY: 11,
  XMIT_HASH_POLICY: 14,
  MIN_LINKS: 18,
  AD_LACP_RATE: 21,
  AD_INFO: 23,
} as const

/** `IFLA_BOND_AD_INFO_*` */
export const BondAdInfoAttribute = {
  AGGREGATOR: 1,
  NUM_PORTS: 2,
  ACTOR_KEY: 3,
  PARTNER_KEY: 4,
  PARTNER_MAC: 5,
} as const

/** `IFLA_BOND_SLAVE_*` */
export const BondSlaveAttribute = {
  STATE: 1,
  MII_STATUS: 2,
  LINK_FAILURE_COUNT: 3,
  QUEUE_ID: 5,
  AD_AGGREGATOR_ID: 6,
} as const

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
