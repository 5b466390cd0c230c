import type { Link } from '@rtnl/link'
import {
  type FdbOwnership,
  fdbDefinition,
  fdbOwner,
  type Neighbor,
  NeighborExtendedFlag,
  NeighborFlag,
  NeighborState,
} from '@rtnl/neighbor'
import { anyRules, type TableSync, UnfitInterfaceError } from '../desired/table-sync.ts'
import { UsageError } from '../usage-error.ts'
import { ofDevice } from './filter.ts'
import type { InterfaceNames } from './interface-names.ts'
import type { TableModule } from './table-module.ts'

/** In the order in which `bridge` prints them. */
const flagNames = [
  [NeighborFlag.SELF, 'self'],
  [NeighborFlag.ROUTER, 'router'],
  [NeighborFlag.EXT_LEARNED, 'extern_learn'],
  [NeighborFlag.OFFLOADED, 'offload'],
  [NeighborFlag.STICKY, 'sticky'],
] as const

export const fdbSync: TableSync = {
  takes: ['dev'],
  ownership: 'Forwarding entries of --dev are ours if they are static (not permanent, not learned from elsewhere).',
  rules({ dev, protocol, additive }, entries, link) {
    if (protocol !== undefined) throw new UsageError('--protocol: the kernel keeps none of forwarding entries')
    if (link === undefined) throw new UsageError(`--dev: there is no interface '${dev}'`)
    // Of a vxlan in a bridge both have entries.
    const master = link.master !== undefined && entries.length > 0 && entries.every((entry) => !isOfVxlan(entry))
    return anyRules(ownerOf(link, { master, additive }))
  },
  isSame: isSameInterface,
  kernelMade: { includes: (_entry, link) => link?.kind === 'bridge', from: 'the addresses of interfaces' },
  kindOf: (entry) => String(isOfVxlan(entry)),
}

/** Forwarding entries of bridges and vxlans, as `bridge fdb` prints them. */
export const fdbModule: TableModule<Neighbor> = {
  name: 'fdb',
  aliases: [],
  nouns: ['forwarding entry', 'forwarding entries'],
  refersTo: ['link', 'nexthop'],
  examples: {
    show: ['rtnl show fdb --dev vxlan100'],
    sync: ['rtnl sync fdb --dev vxlan100 --file remotes.json'],
  },
  ofDevice: 'a forwarding entry of it or of the bridge that it is',
  families: ['bridge'],
  inRoutingTables: false,
  references: ({ ifindex, master, viaIfindex, nhId }) => ({
    interfaces: [ifindex, master, viaIfindex],
    nexthops: [nhId],
  }),
  values: {
    id: ({ nhId }) => nhId,
    mac: ({ lladdr }) => lladdr,
    states: {
      permanent: ({ state }) => stateName(state) === 'permanent',
      static: ({ state }) => stateName(state) === 'static',
      stale: ({ state }) => stateName(state) === 'stale',
      reachable: ({ state }) => stateName(state) === 'reachable',
    },
  },
  part: ({ device }) => ({
    definition: fdbDefinition,
    shows: ofDevice(device, (entry, { ifindex }) => entry.ifindex === ifindex || entry.master === ifindex),
  }),
  words: (entry, names) => [...placeWords(entry, names), ...markWords(entry, names)],
  naming: ['dev', 'dst', 'vlan', 'src_vni'],
  sync: fdbSync,
}

/** What a port's bridge holds of it, and what a vxlan leaves out of an entry, is not what another one does. */
export function isSameInterface(before: Link, now: Link): boolean {
  return (
    before.ifindex === now.ifindex &&
    before.kind === now.kind &&
    before.master === now.master &&
    before.vxlan?.id === now.vxlan?.id &&
    before.vxlan?.port === now.vxlan?.port
  )
}

/** Whether a forwarding entry is a remote of a vxlan: one that says nothing of it is. */
function isOfVxlan(entry: object): boolean {
  const { flags = NeighborFlag.SELF } = entry as { readonly flags?: unknown }
  return Array.isArray(flags) ? flags.includes('self') : (Number(flags) & NeighborFlag.SELF) !== 0
}

function ownerOf(link: Link, ownership: FdbOwnership): ReturnType<typeof fdbOwner> {
  try {
    return fdbOwner(link, ownership)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UnfitInterfaceError(`${link.ifname ?? link.ifindex}, which is neither a vxlan nor a port of a bridge`)
  }
}

function placeWords(entry: Neighbor, names: InterfaceNames): string[] {
  const { lladdr, ifindex, dst, vlan, port, vni, srcVni, viaIfindex, nhId } = entry
  const words = lladdr === undefined ? [] : [names.hardwareAddress(ifindex, lladdr)]
  words.push(`dev ${names.name(ifindex)}`)
  if (dst !== undefined) words.push(`dst ${dst}`)
  if (vlan !== undefined && vlan !== 0) words.push(`vlan ${vlan}`)
  if (port !== undefined) words.push(`port ${port}`)
  if (vni !== undefined) words.push(`vni ${vni}`)
  if (srcVni !== undefined) words.push(`src_vni ${srcVni}`)
  if (viaIfindex !== undefined) words.push(`via ${names.name(viaIfindex)}`)
  if (nhId !== undefined) words.push(`nhid ${nhId}`)
  return words
}

function markWords({ flags, flagsExt = 0, master, state }: Neighbor, names: InterfaceNames): string[] {
  const words: string[] = []
  for (const [flag, name] of flagNames) if ((flags & flag) !== 0) words.push(name)
  if ((flagsExt & NeighborExtendedFlag.LOCKED) !== 0) words.push('locked')
  if (master !== undefined) words.push(`master ${names.name(master)}`)
  const known = stateName(state)
  // Text has no word for a dynamic entry.
  return known === 'reachable' ? words : [...words, known]
}

/** The word for a state. */
function stateName(state: number): string {
  if ((state & NeighborState.PERMANENT) !== 0) return 'permanent'
  if ((state & NeighborState.NOARP) !== 0) return 'static'
  if ((state & NeighborState.STALE) !== 0) return 'stale'
  return (state & NeighborState.REACHABLE) !== 0 ? 'reachable' : `state=0x${state.toString(16)}`
}
