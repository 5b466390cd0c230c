import { type Neighbor, NeighborExtendedFlag, NeighborFlag, NeighborState, NeighborType } from '@rtnl/neighbor'
import { ifindexes, show } from './netns.ts'

/** Entries in the words of `ip` and `bridge`, to compare them with ours. */
export type Shown = Readonly<Record<string, unknown>>

export interface IpNeighbor {
  readonly dst: string
  readonly dev: string
  readonly lladdr?: string
  readonly state: readonly string[]
  readonly router?: null
  readonly extern_learn?: null
  readonly managed?: null
  readonly protocol?: string
}

const stateNames: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(NeighborState).map(([name, bit]) => [bit, name]),
)

/** What `ip` shows of neighbours that can be used. It does not say of which type their addresses are. */
export function ipNeighbors(netns: string): Shown[] {
  const indexes = ifindexes(netns)
  return show<IpNeighbor>('ip', netns, '-N neigh show nud all')
    .filter(({ lladdr }) => lladdr !== undefined)
    .filter(({ state, dst, dev }) => !state.includes('NOARP') || !(dev === 'lo' || isGroup(dst)))
    .map((shown) => fromIp(shown, indexes))
}

/** @param indexes of interfaces by name, since `ip` says names */
export function fromIp(shown: IpNeighbor, indexes: ReadonlyMap<string, number>): Shown {
  const { dst, dev, lladdr, state, router, extern_learn, managed, protocol } = shown
  const [name = ''] = state
  return given({
    ifindex: indexes.get(dev),
    dst,
    lladdr,
    state: name === 'DELAY' ? 'STALE' : name,
    router,
    extern_learn,
    managed,
    protocol,
  })
}

function isGroup(dst: string): boolean {
  return /^(ff|22[4-9]\.|23\d\.)/.test(dst) || dst.endsWith('.255')
}

export function asIpShows({ ifindex, dst, lladdr, state, flags, flagsExt = 0, protocol }: Neighbor): Shown {
  return given({
    ifindex,
    dst,
    lladdr,
    state: stateNames[state],
    router: (flags & NeighborFlag.ROUTER) === 0 ? undefined : null,
    extern_learn: (flags & NeighborFlag.EXT_LEARNED) === 0 ? undefined : null,
    managed: (flagsExt & NeighborExtendedFlag.MANAGED) === 0 ? undefined : null,
    protocol: protocol === undefined ? undefined : String(protocol),
  })
}

/** Of all neighbours those that the live table is about, as it shows them. */
export function usable(entries: readonly Neighbor[]): Neighbor[] {
  return entries
    .filter(({ lladdr = '' }) => lladdr !== '')
    .filter(({ state, type }) => state !== NeighborState.NOARP || type === NeighborType.UNICAST)
    .map((entry) => (entry.state === NeighborState.DELAY ? { ...entry, state: NeighborState.STALE } : entry))
}

export interface BridgeFdb {
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
  readonly state: string
}

/** What `bridge` shows of the entries of bridges and vxlans. */
export function bridgeFdb(netns: string): Shown[] {
  const indexes = ifindexes(netns)
  const vxlans = new Set(show<{ ifname: string }>('ip', netns, 'link show type vxlan').map(({ ifname }) => ifname))
  return show<BridgeFdb>('bridge', netns, '-d fdb show')
    .filter(({ flags, ifname }) => !flags.includes('self') || vxlans.has(ifname))
    .map((shown) => fromBridge(shown, indexes))
}

/** @param indexes of interfaces by name, since `bridge` says names */
export function fromBridge(shown: BridgeFdb, indexes: ReadonlyMap<string, number>): Shown {
  const { mac, ifname, dst, vlan, port, vni, src_vni, viaIf, nhid, flags, master, state } = shown
  return given({
    mac,
    ifindex: indexes.get(ifname),
    dst,
    vlan,
    port,
    vni,
    src_vni,
    via: viaIf === undefined ? undefined : indexes.get(viaIf),
    nhid,
    master: master === undefined ? undefined : indexes.get(master),
    state: state === 'stale' ? '' : state,
    flags: [...flags].sort().join(),
  })
}

export function asBridgeShows(entry: Neighbor): Shown {
  const { lladdr, ifindex, dst, vlan, port, vni, srcVni, viaIfindex, nhId, master, state, flags } = entry
  const names = [
    ['extern_learn', NeighborFlag.EXT_LEARNED],
    ['router', NeighborFlag.ROUTER],
    ['self', NeighborFlag.SELF],
    ['sticky', NeighborFlag.STICKY],
  ] as const
  const lasting = (state & NeighborState.PERMANENT) !== 0 ? 'permanent' : 'static'
  return given({
    mac: lladdr,
    ifindex,
    dst,
    vlan,
    port,
    vni,
    src_vni: srcVni,
    via: viaIfindex,
    nhid: nhId,
    master,
    state: (state & (NeighborState.PERMANENT | NeighborState.NOARP)) === 0 ? '' : lasting,
    flags: names.flatMap(([name, flag]) => ((flags & flag) === 0 ? [] : [name])).join(),
  })
}

function given(fields: Shown): Shown {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Of all forwarding entries those that the live table is about, as it shows them. */
export function forwarding(entries: readonly Neighbor[]): Neighbor[] {
  const isSelf = ({ flags }: Neighbor): boolean => (flags & NeighborFlag.SELF) !== 0
  return entries
    .filter((entry) => !isSelf(entry) || entry.type === NeighborType.UNICAST)
    .map((entry) =>
      !isSelf(entry) && entry.state === NeighborState.STALE ? { ...entry, state: NeighborState.REACHABLE } : entry,
    )
}
