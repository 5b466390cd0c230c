import {
  defineNeighbors,
  type Neighbor,
  NeighborExtendedFlag,
  NeighborFlag,
  NeighborState,
  neighborDefinition,
} from '@rtnl/neighbor'
import { ofDevice } from './filter.ts'
import { protocolName } from './names.ts'
import type { TableModule } from './table-module.ts'

/** In the order in which `ip` prints them. */
const flagNames = [
  [NeighborFlag.ROUTER, 'router'],
  [NeighborFlag.PROXY, 'proxy'],
  [NeighborFlag.EXT_LEARNED, 'extern_learn'],
  [NeighborFlag.OFFLOADED, 'offload'],
] as const

const extendedFlagNames = [
  [NeighborExtendedFlag.MANAGED, 'managed'],
  [NeighborExtendedFlag.EXT_VALIDATED, 'extern_valid'],
] as const

const stateNames = [
  [NeighborState.INCOMPLETE, 'INCOMPLETE'],
  [NeighborState.REACHABLE, 'REACHABLE'],
  [NeighborState.STALE, 'STALE'],
  [NeighborState.DELAY, 'DELAY'],
  [NeighborState.PROBE, 'PROBE'],
  [NeighborState.FAILED, 'FAILED'],
  [NeighborState.NOARP, 'NOARP'],
  [NeighborState.PERMANENT, 'PERMANENT'],
] as const

/** Neighbours (ARP, ND), as `ip neigh` prints them. */
export const neighborModule: TableModule<Neighbor> = {
  name: 'neighbor',
  aliases: ['neighbors', 'neighbour', 'neighbours', 'neigh'],
  families: ['inet', 'inet6'],
  inRoutingTables: false,
  part: ({ family, device }) => ({
    // Those of all interfaces: another one may come to have the name of this one.
    definition: family === undefined ? neighborDefinition : defineNeighbors({ family }),
    shows: ofDevice(device, (entry, { ifindex }) => entry.ifindex === ifindex),
  }),
  text({ dst, ifindex, lladdr, flags, flagsExt = 0, state, protocol }, names) {
    const words = dst === undefined ? [] : [dst]
    words.push(`dev ${names.name(ifindex)}`)
    if (lladdr !== undefined) words.push(`lladdr ${names.hardwareAddress(ifindex, lladdr)}`)
    for (const [flag, name] of flagNames) if ((flags & flag) !== 0) words.push(name)
    for (const [flag, name] of extendedFlagNames) if ((flagsExt & flag) !== 0) words.push(name)
    if (state !== NeighborState.NONE) words.push(stateText(state))
    if (protocol !== undefined) words.push(`proto ${protocolName(protocol)}`)
    return words.join(' ')
  },
}

function stateText(state: number): string {
  const names = stateNames.filter(([bit]) => (state & bit) !== 0).map(([, name]) => name)
  return names.join(',')
}
