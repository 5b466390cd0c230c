import { NexthopFlag } from '@rtnl/netlink-core'

/** Names that `ip` knows unless its configuration adds more (`/etc/iproute2/rt_protos`). */
const protocols = new Map([
  [0, 'unspec'],
  [1, 'redirect'],
  [2, 'kernel'],
  [3, 'boot'],
  [4, 'static'],
  [8, 'gated'],
  [9, 'ra'],
  [10, 'mrt'],
  [11, 'zebra'],
  [12, 'bird'],
  [13, 'dnrouted'],
  [14, 'xorp'],
  [15, 'ntk'],
  [16, 'dhcp'],
  [18, 'keepalived'],
  [42, 'babel'],
  [99, 'openr'],
  [186, 'bgp'],
  [187, 'isis'],
  [188, 'ospf'],
  [189, 'rip'],
  [192, 'eigrp'],
])

const scopes = new Map([
  [0, 'global'],
  [200, 'site'],
  [253, 'link'],
  [254, 'host'],
  [255, 'nowhere'],
])

/** Routing tables that the kernel makes (`RT_TABLE_*`). */
const routeTables = new Map([
  [0, 'unspec'],
  [253, 'default'],
  [254, 'main'],
  [255, 'local'],
])

/** In the order in which `ip` prints them. */
const nexthopFlags = [
  [NexthopFlag.DEAD, 'dead'],
  [NexthopFlag.ONLINK, 'onlink'],
  [NexthopFlag.PERVASIVE, 'pervasive'],
  [NexthopFlag.OFFLOAD, 'offload'],
  [NexthopFlag.TRAP, 'trap'],
  [NexthopFlag.LINKDOWN, 'linkdown'],
  [NexthopFlag.UNRESOLVED, 'unresolved'],
] as const

/** A routing protocol (`RTPROT_*`) by name, or its number. */
export function protocolName(protocol: number): string {
  return protocols.get(protocol) ?? String(protocol)
}

/** A scope (`RT_SCOPE_*`) by name, or its number. */
export function scopeName(scope: number): string {
  return scopes.get(scope) ?? String(scope)
}

/** A routing table by name, or its id. */
export function routeTableName(table: number): string {
  return routeTables.get(table) ?? String(table)
}

/** The id of the routing table with a name, or `undefined`. */
export function namedRouteTable(name: string): number | undefined {
  return [...routeTables].find(([, known]) => known === name)?.[0]
}

/** The flags of a nexthop (`RTNH_F_*`) by name. */
export function nexthopFlagNames(flags: number): string[] {
  return nexthopFlags.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name)
}
