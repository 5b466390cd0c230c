import type { Vni as FilteredVni, Vlan } from '@rtnl/bridge'
import type { Link } from '@rtnl/link'
import { type Neighbor, NeighborFlag, NeighborState } from '@rtnl/neighbor'
import type { Nexthop } from '@rtnl/nexthop'

/** Entries as the kernel sends them, with what matters of them. */

const { NOARP, PERMANENT, REACHABLE } = NeighborState
const { EXT_LEARNED, SELF, STICKY } = NeighborFlag

const zeroMac = '00:00:00:00:00:00'

export function link(ifindex: number, ifname: string, fields: Partial<Link> = {}): Link {
  return { family: 0, type: 1, ifindex, flags: 0x1003, ifname, ...fields }
}

export function vxlan(
  ifindex: number,
  ifname: string,
  data: NonNullable<Link['vxlan']>,
  fields: Partial<Link> = {},
): Link {
  return link(ifindex, ifname, { kind: 'vxlan', vxlan: { port: 4789, ...data }, ...fields })
}

export function bridge(ifindex: number, ifname: string, vlanFiltering: 0 | 1 = 0): Link {
  return link(ifindex, ifname, { kind: 'bridge', bridge: { vlanFiltering } })
}

export function vlanDevice(ifindex: number, below: number, id: number, fields: Partial<Link> = {}): Link {
  return link(ifindex, `vlan${id}`, { kind: 'vlan', link: below, vlan: { id }, ...fields })
}

export function vlan(ifindex: number, vid: number, fields: Partial<Vlan> = {}): Vlan {
  return { family: 7, ifindex, vid, flags: 0, state: 3, ...fields }
}

export function filter(ifindex: number, vni: number): FilteredVni {
  return { family: 7, ifindex, vni } as FilteredVni
}

/** An entry of a vxlan that a speaker has made: `extern_learn`. */
export function remote(ifindex: number, lladdr: string, fields: Partial<Neighbor>): Neighbor {
  return { family: 7, ifindex, state: NOARP | REACHABLE, flags: SELF | EXT_LEARNED, type: 1, lladdr, ...fields }
}

/** As zebra installs an address that does not move. */
export function sticky(ifindex: number, lladdr: string, fields: Partial<Neighbor>): Neighbor {
  return remote(ifindex, lladdr, { flags: SELF | STICKY, ...fields })
}

/** An entry to which a vxlan floods. */
export function flood(ifindex: number, fields: Partial<Neighbor>): Neighbor {
  return { family: 7, ifindex, state: NOARP | PERMANENT, flags: SELF, type: 1, lladdr: zeroMac, ...fields }
}

/** An entry of a bridge. */
export function local(master: number, ifindex: number, lladdr: string, fields: Partial<Neighbor> = {}): Neighbor {
  return { family: 7, ifindex, master, state: REACHABLE, flags: 0, type: 0, lladdr, ...fields }
}

/** A neighbour that a speaker has made. */
export function binding(ifindex: number, dst: string, lladdr: string, fields: Partial<Neighbor> = {}): Neighbor {
  const family = dst.includes(':') ? 10 : 2
  return { family, ifindex, state: NOARP, flags: EXT_LEARNED, type: 1, dst, lladdr, ...fields }
}

export function nexthop(id: number, gateway: string, fields: Partial<Nexthop> = {}): Nexthop {
  const family = gateway.includes(':') ? 10 : 2
  return { family, scope: 0, protocol: 0, flags: 0, id, gateway, fdb: true, ...fields } as Nexthop
}

export function group(id: number, members: Readonly<Record<number, number>>, fields: Partial<Nexthop> = {}): Nexthop {
  const list = Object.entries(members).map(([member, weight]) => ({ id: Number(member), weight }))
  return { family: 0, scope: 0, protocol: 0, flags: 0, id, group: list, fdb: true, ...fields } as Nexthop
}
