import { bridge } from './bridge.ts'
import { ip } from './ip.ts'

/** What `ip` and `bridge` print as JSON, in the names and numbers of our entries. */

export type Entry = Readonly<Record<string, unknown>>

const flagBits: Record<string, number> = { dead: 1, pervasive: 2, onlink: 4, offload: 8, linkdown: 16 }
const preferences: Record<string, number> = { medium: 0, high: 1, low: 3 }

const interfaceFlags: Record<string, number> = {
  UP: 1,
  BROADCAST: 2,
  LOOPBACK: 8,
  POINTOPOINT: 0x10,
  NOARP: 0x80,
  PROMISC: 0x100,
  ALLMULTI: 0x200,
  MULTICAST: 0x1000,
  LOWER_UP: 0x10000,
}
const operationalStates = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP']

const neighborStates: Record<string, number> = {
  INCOMPLETE: 1,
  REACHABLE: 2,
  STALE: 4,
  DELAY: 8,
  PROBE: 0x10,
  FAILED: 0x20,
  NOARP: 0x40,
  PERMANENT: 0x80,
}
const neighborFlags: Record<string, number> = {
  self: 2,
  proxy: 8,
  extern_learn: 0x10,
  offload: 0x20,
  sticky: 0x40,
  router: 0x80,
}

function list<T>(text: string): T[] {
  return text.trim() === '' ? [] : JSON.parse(text)
}

function bits(names: readonly string[], values: Record<string, number>): number {
  return names.reduce((sum, name) => sum | (values[name] ?? 0), 0)
}

/** Fields that have a value. */
function present(entry: Entry): Entry {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined))
}

/** Entries in an order of their own, and their fields too, so that they can be compared. */
export function comparable(entries: readonly Entry[]): string[] {
  return entries.map((entry) => JSON.stringify(entry, ordered)).sort()
}

/** An object with its fields in the order of their names. */
function ordered(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

interface IpLink {
  readonly ifindex: number
  readonly ifname: string
  readonly link?: string
  readonly flags: readonly string[]
  readonly mtu: number
  readonly operstate: string
  readonly master?: string
  readonly link_type: string
  readonly address?: string
  readonly altnames?: readonly string[]
  readonly linkinfo?: { readonly info_kind?: string; readonly info_slave_kind?: string }
}

/** Links, with the flags that `ip` prints as such, without what only their kind has. */
export function ipLinks(netns: string): Entry[] {
  const links = list<IpLink>(ip(`-n ${netns} -N -d -j link`))
  const index = indexes(links)
  return links.map(({ ifindex, ifname, link, flags, mtu, operstate, master, link_type, address, altnames, linkinfo }) =>
    present({
      family: 0,
      type: Number(link_type.slice(1, -1)),
      ifindex,
      ifname,
      link: link === undefined ? undefined : index(link),
      flags: bits(flags, interfaceFlags),
      mtu,
      operstate: operationalStates.indexOf(operstate),
      master: master === undefined ? undefined : index(master),
      address,
      altnames,
      kind: linkinfo?.info_kind,
      slaveKind: linkinfo?.info_slave_kind,
    }),
  )
}

const running = 0x40

/** The same of an entry of ours. */
export function linkAsIp({ flags, carrier, vxlan, bridge: _bridge, macvlan, bridgePort, ...entry }: Entry): Entry {
  return { ...entry, flags: Number(flags) & ~running }
}

function indexes(links: readonly IpLink[]): (name: string) => number {
  const byName = new Map(links.map(({ ifname, ifindex }) => [ifname, ifindex]))
  return (name) => byName.get(name) ?? -1
}

function indexesOf(netns: string): (name: string) => number {
  return indexes(list<IpLink>(ip(`-n ${netns} -j link`)))
}

interface IpHop {
  readonly gateway?: string
  readonly via?: { readonly host: string }
  readonly dev?: string
  readonly weight?: number
  readonly flags: readonly string[]
  readonly flow?: { readonly from?: string; readonly to: string }
}

interface IpRoute extends IpHop {
  readonly type: string
  readonly dst: string
  readonly from?: string
  readonly table: string
  readonly protocol: string
  readonly scope: string
  readonly prefsrc?: string
  readonly metric?: number
  readonly tos?: string
  readonly nhid?: number
  readonly pref?: string
  readonly nexthops?: readonly IpHop[]
}

/** Routes, without metrics, encapsulations and the time until they expire. */
export function ipRoutes(netns: string): Entry[] {
  const index = indexesOf(netns)
  const hop = ({ gateway, via, dev, flags, flow }: IpHop) => ({
    gateway,
    via: via?.host,
    oif: dev === undefined ? undefined : index(dev),
    flags: bits(flags, flagBits),
    realms: flow === undefined ? undefined : Number(flow.from ?? 0) * 0x10000 + Number(flow.to),
  })
  return ([2, 10] as const).flatMap((family) => {
    const whole = family === 2 ? '0.0.0.0/0' : '::/0'
    const length = family === 2 ? 32 : 128
    return list<IpRoute>(ip(`-n ${netns} -${family === 2 ? 4 : 6} -N -d -j route show table all`)).map((route) => {
      const { type, dst, from, table, protocol, scope, prefsrc, metric, tos, nhid, pref, nexthops } = route
      return present({
        ...hop(route),
        family,
        type: Number(type),
        dst: dst === 'default' ? whole : dst.includes('/') ? dst : `${dst}/${length}`,
        src: from,
        table: Number(table),
        protocol: Number(protocol),
        scope: Number(scope),
        prefsrc,
        priority: metric,
        tos: Number(tos ?? 0),
        nhId: nhid,
        pref: pref === undefined ? undefined : preferences[pref],
        multipath: nexthops?.map((each) => present({ ...hop(each), weight: each.weight })),
      })
    })
  })
}

/** The same of an entry of ours. */
export function routeAsIp({ metrics, encap, encapType, expires, multipath, ...entry }: Entry): Entry {
  const hops = (multipath as readonly Entry[] | undefined)?.map(({ gateway, via, oif, flags, realms, weight }) =>
    present({ gateway, via, oif, flags, realms, weight }),
  )
  return present({ ...entry, multipath: hops })
}

/** Whether the kernel tells of a neighbour: it makes those for multicast by itself, in silence, and we have none. */
export function isAnnounced(address: string): boolean {
  return !/^(ff|22[4-9]\.|23\d\.)/.test(address)
}

interface IpNeighbor {
  readonly dst: string
  readonly dev: string
  readonly lladdr?: string
  readonly state?: readonly string[]
  readonly protocol?: string
}

export function ipNeighbors(netns: string): Entry[] {
  const index = indexesOf(netns)
  return list<IpNeighbor>(ip(`-n ${netns} -N -j neigh show nud all`)).map((neighbor) => {
    const { dst, dev, lladdr, state = [], protocol } = neighbor
    return present({
      family: dst.includes(':') ? 10 : 2,
      ifindex: index(dev),
      dst,
      lladdr,
      state: bits(state, neighborStates),
      flags: bits(Object.keys(neighbor), neighborFlags),
      protocol: protocol === undefined ? undefined : Number(protocol),
    })
  })
}

/** The same of an entry of ours. */
export function neighborAsIp({ type, flagsExt, ...entry }: Entry): Entry {
  return entry
}

interface BridgeForwarding {
  readonly mac: string
  readonly ifname: string
  readonly dst?: string
  readonly vlan?: number
  readonly port?: number
  readonly vni?: number
  readonly src_vni?: number
  readonly viaIf?: string
  readonly nhid?: number
  readonly flags: readonly string[]
  readonly master?: string
  readonly state?: string
}

/** Forwarding entries of bridges and vxlans; addresses that an interface listens to are none. */
export function bridgeForwardings(netns: string): Entry[] {
  const links = list<IpLink>(ip(`-n ${netns} -d -j link`))
  const index = indexes(links)
  const vxlans = links.filter(({ linkinfo }) => linkinfo?.info_kind === 'vxlan').map(({ ifname }) => ifname)
  return list<BridgeForwarding>(bridge(`-n ${netns} -j fdb`))
    .filter(({ ifname, flags }) => !flags.includes('self') || vxlans.includes(ifname))
    .map(({ mac, ifname, dst, vlan, port, vni, src_vni, viaIf, nhid, flags, master, state }) =>
      present({
        family: 7,
        ifindex: index(ifname),
        lladdr: mac,
        dst,
        vlan,
        port,
        vni,
        srcVni: src_vni,
        viaIfindex: viaIf === undefined ? undefined : index(viaIf),
        nhId: nhid,
        flags: bits(flags, neighborFlags),
        master: master === undefined ? undefined : index(master),
        state,
      }),
    )
}

/** The same of an entry of ours, with its state by the word for it. */
export function forwardingAsBridge({ type, flagsExt, protocol, state, ...entry }: Entry): Entry {
  const word = Number(state) & 0x80 ? 'permanent' : Number(state) & 0x40 ? 'static' : ''
  return present({ ...entry, state: word })
}
