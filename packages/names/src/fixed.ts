import { NumberNames } from './number-names.ts'

/** Names that `ip` and `bridge` have built in. */

type Numbers = Readonly<Record<string, number>>

function fixed(known: Numbers): NumberNames {
  return new NumberNames(() => Object.entries(known).map(([name, number]) => [number, name]))
}

/** What a route does with a packet (`RTN_*`). */
export const routeTypes: NumberNames = fixed({
  none: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
  xresolve: 11,
})

/** How much a router is preferred (RFC 4191). */
export const routerPreferences: NumberNames = fixed({ low: 3, medium: 0, high: 1 })

/** Lightweight tunnels (`LWTUNNEL_ENCAP_*`). */
export const encapsulationTypes: NumberNames = fixed({
  none: 0,
  mpls: 1,
  ip: 2,
  ila: 3,
  ip6: 4,
  seg6: 5,
  bpf: 6,
  seg6local: 7,
  rpl: 8,
  ioam6: 9,
  xfrm: 10,
})

/** What a node does with packets of segment routing (`SEG6_LOCAL_ACTION_*`). */
export const seg6LocalActions: NumberNames = fixed({
  End: 1,
  'End.X': 2,
  'End.T': 3,
  'End.DX2': 4,
  'End.DX6': 5,
  'End.DX4': 6,
  'End.DT6': 7,
  'End.DT4': 8,
  'End.B6': 9,
  'End.B6.Encaps': 10,
  'End.BM': 11,
  'End.S': 12,
  'End.AS': 13,
  'End.AM': 14,
  'End.BPF': 15,
  'End.DT46': 16,
})

/** Bits of the flavors of such an action, as `SEG6_LOCAL_FLV_OP_*` numbers them. */
export const seg6LocalFlavors = {
  /** The last but one node takes the routing header off. */
  psp: 0x02,
  /** The last node takes the routing header off. */
  usp: 0x04,
  /** The last node takes the outer header off. */
  usd: 0x08,
  /** The next identifier is in the same address, compressed. */
  'next-csid': 0x10,
} as const

/** Protocols over IP (`IPPROTO_*`), by the names of `/etc/protocols`. */
export const ipProtocols: NumberNames = fixed({
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  egp: 8,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  ospf: 89,
  pim: 103,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
})

/** Flags of a nexthop (`RTNH_F_*`), in the order in which `ip` prints them. */
export const nexthopFlags = {
  /** The kernel does not use it. */
  dead: 1,
  /** The gateway is taken to be on the link. */
  onlink: 4,
  /** The gateway is to be looked up again; the kernel does nothing with it. */
  pervasive: 2,
  /** Hardware forwards by it. */
  offload: 8,
  /** Hardware hands its packets to the kernel. */
  trap: 64,
  /** The link has no carrier. */
  linkdown: 16,
  /** Of multicast routes: the entry waits for a daemon. */
  unresolved: 32,
} as const

/** States of a neighbour (`NUD_*`), in the order in which `ip` prints them. */
export const neighborStates = {
  INCOMPLETE: 0x01,
  REACHABLE: 0x02,
  STALE: 0x04,
  DELAY: 0x08,
  PROBE: 0x10,
  FAILED: 0x20,
  NOARP: 0x40,
  PERMANENT: 0x80,
} as const

/** Flags of a neighbour or a forwarding entry (`NTF_*`). */
export const neighborFlags = {
  /** In requests: the kernel is to ask for the neighbour, as if it was used. */
  use: 0x01,
  /** The entry is in the device itself, such as a vxlan. */
  self: 0x02,
  /** The entry is in the bridge that the device is a port of. */
  master: 0x04,
  /** The kernel answers for the address. */
  proxy: 0x08,
  /** A program has learned it elsewhere, and looks after it. */
  extern_learn: 0x10,
  /** Hardware has it. */
  offload: 0x20,
  /** The address does not move to another port. */
  sticky: 0x40,
  /** The neighbour is a router. */
  router: 0x80,
} as const

/** More flags of a neighbour or a forwarding entry (`NTF_EXT_*`, `NDA_FLAGS_EXT`). */
export const extendedNeighborFlags = {
  /** The kernel keeps the neighbour reachable by itself. */
  managed: 0x01,
  /** The bridge has it from a locked port, and forwards nothing by it (MAC authentication bypass). */
  locked: 0x02,
} as const

/** The names of the flags that are set, in the order of the names. Flags without a name are left out. */
export function flagNames(flags: number, names: Numbers): string[] {
  return Object.keys(names).filter((name) => (flags & names[name]!) !== 0)
}
