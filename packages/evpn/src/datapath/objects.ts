import { AddressFamily } from '@rtnl/netlink-core'
import type { Arp, Fdb, Flood, Group, Path, Remote, Vni, Vtep } from '../entries.ts'
import { arpKey, fdbKey, floodKey, groupKey, vtepKey } from '../keys.ts'

/** What a forwarding plane holds, as OpenFlow names it. Each object has a key that no other object has. */
export type DatapathObject = DatapathEndpoint | DatapathGroup | DatapathBucket | DatapathMac | DatapathAnswer

/** A remote tunnel endpoint. */
export interface DatapathEndpoint {
  /** What distinguishes it from the other objects. */
  readonly kind: 'endpoint'
  /** A text that no other object has: it stays while the object does. */
  readonly key: string
  /** VNI of the segment. */
  readonly vni: number
  /** That of `vteps`: a number from 0x80000001 that no other endpoint has, stable while the endpoint lives. */
  readonly id: number
  /** Canonical text of an IPv4 or IPv6 address. */
  readonly ip: string
  /** UDP port. */
  readonly port: number
  /** The VNI on the wire. */
  readonly encapVni: number
}

/**
 * A group of buckets.
 * - `select`: one of them gets a frame, by a hash of its flow and by weight; without buckets frames are dropped
 * - `all`: each of them gets a copy
 */
export interface DatapathGroup {
  /** What distinguishes it from the other objects. */
  readonly kind: 'group'
  /** A text that no other object has: it stays while the object does. */
  readonly key: string
  /** VNI of the segment. */
  readonly vni: number
  /** Who gets a frame. */
  readonly type: 'select' | 'all'
  /** Of `select`: the id of the nexthop object. */
  readonly nhId?: number
}

/** One way that a group has. It can be put in and taken out by itself. */
export interface DatapathBucket {
  /** What distinguishes it from the other objects. */
  readonly kind: 'bucket'
  /** A text that no other object has: it stays while the object does. */
  readonly key: string
  /** Key of its group. */
  readonly group: string
  /** Share of the traffic in proportion to the other buckets of a `select` group. */
  readonly weight?: number
  /** Where what it gets goes. */
  readonly action: DatapathAction
}

/** Where frames to a remote hardware address go. */
export interface DatapathMac {
  /** What distinguishes it from the other objects. */
  readonly kind: 'mac'
  /** A text that no other object has: it stays while the object does. */
  readonly key: string
  /** VNI of the segment. */
  readonly vni: number
  /** Six bytes in hexadecimal, with colons. */
  readonly mac: string
  /** Where its frames go. */
  readonly action: DatapathAction
}

/** The answer to who asks for a remote IP address, so that the question need not be flooded. */
export interface DatapathAnswer {
  /** What distinguishes it from the other objects. */
  readonly kind: 'answer'
  /** A text that no other object has: it stays while the object does. */
  readonly key: string
  /** VNI of the segment. */
  readonly vni: number
  /** ARP for IPv4, neighbour discovery for IPv6. */
  readonly protocol: 'arp' | 'nd'
  /** Canonical text of the address that is asked for. */
  readonly ip: string
  /** The answer: six bytes in hexadecimal, with colons. */
  readonly mac: string
  /** The router flag of a neighbour advertisement. */
  readonly router: boolean
}

/**
 * - `endpoint`: to a remote endpoint, by its key; `via` is the interface below, if an entry names one
 * - `multicast`: to a group of the network below
 * - `group`: to a group of buckets, by its key
 * - `port`: to a port of the bridge
 * - `drop`: nowhere
 */
export type DatapathAction =
  | {
      /** Which of these it is. */
      readonly type: 'endpoint'
      /** Key of the endpoint. */
      readonly endpoint: string
      /** Index of the interface below. */
      readonly via?: number
    }
  | {
      /** Which of these it is. */
      readonly type: 'multicast'
      /** The group, with port and VNI. */
      readonly remote: Remote
    }
  | {
      /** Which of these it is. */
      readonly type: 'group'
      /** Key of the group. */
      readonly group: string
    }
  | {
      /** Which of these it is. */
      readonly type: 'port'
      /** Interface index of the port. */
      readonly ifindex: number
    }
  | {
      /** Which of these it is. */
      readonly type: 'drop'
    }

/** The collections of an `Evpn` that a forwarding plane is made from, by their names. */
export interface DatapathRows {
  /** Each makes the group that its floods are buckets of. */
  readonly vnis: Vni
  /** Each makes an endpoint. */
  readonly vteps: Vtep
  /** Each makes a group and its buckets. */
  readonly groups: Group
  /** Each makes a bucket. */
  readonly floods: Flood
  /** Each makes a hardware address. */
  readonly fdb: Fdb
  /** Each makes an answer. */
  readonly arps: Arp
}

const floodGroup = (vni: number): string => `all ${vni}`
const selectGroup = (vni: number, nhId: number): string => `select ${groupKey({ vni, nhId })}`
const toGroup = (vni: number, nhId: number): DatapathAction => ({ type: 'group', group: selectGroup(vni, nhId) })
const endpointKey = (vni: number, { ip, port, encapVni }: Omit<Remote, 'via'>): string =>
  `endpoint ${vtepKey({ vni, ip, port, encapVni })}`

function toEndpoint(vni: number, remote: Remote): DatapathAction {
  const endpoint = endpointKey(vni, remote)
  return remote.via === undefined ? { type: 'endpoint', endpoint } : { type: 'endpoint', endpoint, via: remote.via }
}

const objects: { readonly [Name in keyof DatapathRows]: (row: DatapathRows[Name]) => DatapathObject[] } = {
  vnis: ({ vni }) => [{ kind: 'group', key: floodGroup(vni), vni, type: 'all' }],
  vteps({ vni, id, ip, port, encapVni }) {
    return [{ kind: 'endpoint', key: endpointKey(vni, { ip, port, encapVni }), vni, id, ip, port, encapVni }]
  },
  groups({ vni, nhId, paths }) {
    const key = selectGroup(vni, nhId)
    return [{ kind: 'group', key, vni, type: 'select', nhId }, ...paths.map((path) => pathBucket(vni, key, path))]
  },
  floods: (flood) => [floodBucket(flood)],
  fdb: (row) => [{ kind: 'mac', key: `mac ${fdbKey(row)}`, vni: row.vni, mac: row.mac, action: macAction(row) }],
  arps(row) {
    const { vni, family, ip, mac, router } = row
    const protocol = family === AddressFamily.INET ? 'arp' : 'nd'
    return [{ kind: 'answer', key: `answer ${arpKey(row)}`, vni, protocol, ip, mac, router }]
  },
}

/** Members of a group may have the same endpoint: the nexthop names the bucket. */
function pathBucket(vni: number, group: string, { remote, weight, nexthopId }: Path): DatapathBucket {
  return { kind: 'bucket', key: `bucket ${group} ${nexthopId}`, group, weight, action: toEndpoint(vni, remote) }
}

function floodBucket(flood: Flood): DatapathBucket {
  return { kind: 'bucket', key: `bucket all ${floodKey(flood)}`, group: floodGroup(flood.vni), action: copyTo(flood) }
}

function copyTo({ vni, kind, remote, nhId }: Flood): DatapathAction {
  if (nhId !== undefined) return toGroup(vni, nhId)
  if (remote === undefined) return { type: 'drop' }
  return kind === 'multicast' ? { type: 'multicast', remote } : toEndpoint(vni, remote)
}

/** An address behind a group names the group and no paths, so that a change of the group is no change of its addresses. */
function macAction({ vni, kind, nhId, paths, shadowedBy }: Fdb): DatapathAction {
  if (shadowedBy !== undefined) return { type: 'port', ifindex: shadowedBy }
  if (kind === 'group' && nhId !== undefined) return toGroup(vni, nhId)
  const [path] = paths
  return path === undefined ? { type: 'drop' } : toEndpoint(vni, path.remote)
}

/** The objects that one row of a collection stands for. They follow from this row and nothing else. */
export function datapathObjects<Name extends keyof DatapathRows>(
  collection: Name,
  row: DatapathRows[Name],
): DatapathObject[] {
  return objects[collection](row)
}

export function isDatapathCollection(name: string): name is keyof DatapathRows {
  return Object.hasOwn(objects, name)
}
