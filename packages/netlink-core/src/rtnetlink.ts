/** Constants that all of rtnetlink shares (`linux/rtnetlink.h`, `linux/socket.h`). */

/** Address families (`AF_*`) that rtnetlink messages carry. */
export const AddressFamily = { UNSPEC: 0, INET: 2, BRIDGE: 7, INET6: 10, PACKET: 17, MPLS: 28 } as const

/** Multicast groups (`RTNLGRP_*`). */
export const MulticastGroup = {
  LINK: 1,
  NEIGH: 3,
  IPV4_IFADDR: 5,
  IPV4_ROUTE: 7,
  IPV4_RULE: 8,
  IPV6_IFADDR: 9,
  IPV6_ROUTE: 11,
  IPV6_RULE: 19,
  IPV4_NETCONF: 24,
  IPV6_NETCONF: 25,
  MDB: 26,
  MPLS_ROUTE: 27,
  NEXTHOP: 32,
  BRVLAN: 33,
  TUNNEL: 35,
} as const

/** Who made an entry (`RTPROT_*`). 0 to 4 belong to the kernel and to administrators, the rest to routing daemons. */
export const RouteProtocol = {
  UNSPEC: 0,
  REDIRECT: 1,
  KERNEL: 2,
  BOOT: 3,
  STATIC: 4,
  RA: 9,
  ZEBRA: 11,
  BIRD: 12,
  DHCP: 16,
  KEEPALIVED: 18,
  OPENR: 99,
  OVN: 84,
  BGP: 186,
  ISIS: 187,
  OSPF: 188,
  RIP: 189,
  EIGRP: 192,
} as const

/** How far a destination is (`RT_SCOPE_*`). */
export const RouteScope = { UNIVERSE: 0, SITE: 200, LINK: 253, HOST: 254, NOWHERE: 255 } as const

/** Flags of a nexthop, in nexthop objects and in routes (`RTNH_F_*`). */
export const NexthopFlag = {
  DEAD: 1,
  PERVASIVE: 2,
  ONLINK: 4,
  OFFLOAD: 8,
  LINKDOWN: 16,
  UNRESOLVED: 32,
  TRAP: 64,
} as const
