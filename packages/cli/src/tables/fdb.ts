import { fdbDefinition, type Neighbor, NeighborExtendedFlag, NeighborFlag, NeighborState } from '@rtnl/neighbor'
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

/** Forwarding entries of bridges and vxlans, as `bridge fdb` prints them. */
export const fdbModule: TableModule<Neighbor> = {
  name: 'fdb',
  aliases: [],
  families: ['bridge'],
  inRoutingTables: false,
  part: ({ device }) => ({
    definition: fdbDefinition,
    shows: ofDevice(device, (entry, { ifindex }) => entry.ifindex === ifindex || entry.master === ifindex),
  }),
  text: (entry, names) => [...placeWords(entry, names), ...markWords(entry, names)].join(' '),
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
  const known = stateWord(state)
  return known === '' ? words : [...words, known]
}

/** A dynamic entry is not worth a word. */
function stateWord(state: number): string {
  if ((state & NeighborState.PERMANENT) !== 0) return 'permanent'
  if ((state & NeighborState.NOARP) !== 0) return 'static'
  if ((state & NeighborState.STALE) !== 0) return 'stale'
  return (state & NeighborState.REACHABLE) !== 0 ? '' : `state=0x${state.toString(16)}`
}
