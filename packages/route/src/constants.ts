/** Constants of routes (`linux/rtnetlink.h`). */

/** `RTM_*ROUTE` */
export const RouteMessage = { NEW: 24, DEL: 25, GET: 26 } as const

/** `RTA_*` */
export const RouteAttribute = {
  DST: 1,
  SRC: 2,
  IIF: 3,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  MULTIPATH: 9,
  FLOW: 11,
  CACHEINFO: 12,
  TABLE: 15,
  MARK: 16,
  VIA: 18,
  NEWDST: 19,
  PREF: 20,
  ENCAP_TYPE: 21,
  ENCAP: 22,
  EXPIRES: 23,
  TTL_PROPAGATE: 26,
  NH_ID: 30,
} as const

/** `RTAX_*`, inside `RTA_METRICS` */
export const RouteMetric = {
  LOCK: 1,
  MTU: 2,
  WINDOW: 3,
  RTT: 4,
  RTTVAR: 5,
  SSTHRESH: 6,
  CWND: 7,
  ADVMSS: 8,
  REORDERING: 9,
  HOPLIMIT: 10,
  INITCWND: 11,
  FEATURES: 12,
  RTO_MIN: 13,
  INITRWND: 14,
  QUICKACK: 15,
  CC_ALGO: 16,
  FASTOPEN_NO_COOKIE: 17,
} as const

/** What a route does with a packet (`RTN_*`). */
export const RouteType = {
  UNSPEC: 0,
  UNICAST: 1,
  LOCAL: 2,
  BROADCAST: 3,
  ANYCAST: 4,
  MULTICAST: 5,
  BLACKHOLE: 6,
  UNREACHABLE: 7,
  PROHIBIT: 8,
  THROW: 9,
  NAT: 10,
  XRESOLVE: 11,
} as const

/** Routing tables that the kernel makes (`RT_TABLE_*`). */
export const RouteTableId = { UNSPEC: 0, COMPAT: 252, DEFAULT: 253, MAIN: 254, LOCAL: 255 } as const

/**
 * Flags of a route (`RTM_F_*`). The lower bits are those of its only nexthop: `NexthopFlag`.
 */
export const RouteFlag = {
  NOTIFY: 0x100,
  CLONED: 0x200,
  EQUALIZE: 0x400,
  PREFIX: 0x800,
  LOOKUP_TABLE: 0x1000,
  FIB_MATCH: 0x2000,
  OFFLOAD: 0x4000,
  TRAP: 0x8000,
  OFFLOAD_FAILED: 0x20000000,
} as const

/** `ICMPV6_ROUTER_PREF_*` (RFC 4191), as in `pref` of an IPv6 route. */
export const RouterPreference = { MEDIUM: 0, HIGH: 1, INVALID: 2, LOW: 3 } as const
