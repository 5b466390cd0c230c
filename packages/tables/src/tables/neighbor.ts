import type { Link } from '@rtnl/link'
import {
  defineNeighbors,
  type Neighbor,
  NeighborExtendedFlag,
  NeighborFlag,
  NeighborState,
  neighborDefinition,
  neighborOwner,
  proxyOwner,
} from '@rtnl/neighbor'
import { AddressFamily } from '@rtnl/netlink-core'
import type { ReconcileRules } from '@rtnl/reconcile'
import { anyRules, type OwnerOptions, type TableSync, usage } from '../desired/table-sync.ts'
import { UsageError } from '../usage-error.ts'
import { hostPrefix } from './address-range.ts'
import { fdbModule, fdbSync, isSameInterface } from './fdb.ts'
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

/** A neighbour in the state DELAY is shown as STALE. */
const shownStates = stateNames.filter(([bit]) => bit !== NeighborState.DELAY)

const neighborSync: TableSync = {
  takes: ['dev', 'protocol'],
  ownership:
    'Neighbours of --dev are ours by --protocol or, without it, if they are static (not permanent, not learned from elsewhere).',
  rules({ dev, protocol, additive }, entries, link) {
    // Forwarding entries have the shape of neighbours, and a family of their own.
    const bridged = entries.filter(isForwarding)
    if (bridged.length > 0 && bridged.length === entries.length)
      return fdbSync.rules({ dev, protocol, additive }, entries, link)
    if (bridged.length > 0)
      throw new UsageError('forwarding entries (family 7) and neighbours are synced one after the other')
    const ifindex = link?.ifindex ?? 0
    // So have proxy entries, which the kernel keeps in a table of their own.
    const proxies = entries.filter(isProxy)
    if (proxies.length > 0 && proxies.length === entries.length) return proxyRules({ protocol }, link)
    if (proxies.length > 0) {
      throw new UsageError(
        'a file with proxy entries and other neighbours needs --protocol, which says whose entries are ours; without it write one kind after the other',
      )
    }
    return anyRules(usage(() => neighborOwner({ ifindex, protocol, additive, addressLength: addressLengthOf(link) })))
  },
  isSame: isSameInterface,
  companion(options, entries) {
    if (options.protocol === undefined || entries.some(isForwarding)) return undefined
    return {
      includes: isProxy,
      rules: (link) => proxyRules(options, link),
      keptApart: 'proxy entries and other neighbours are kept by one rtnl each, with a --protocol each',
    }
  },
}

/** Neighbours (ARP, ND), as `ip neigh` prints them. */
export const neighborModule: TableModule<Neighbor> = {
  name: 'neighbor',
  aliases: ['neighbors', 'neighbour', 'neighbours', 'neigh'],
  nouns: ['neighbour', 'neighbours'],
  refersTo: ['link'],
  examples: { sync: ['rtnl sync neighbor --dev br0 --file bindings.json --keep --on-exit remove'] },
  ofDevice: 'a neighbour on it',
  families: ['inet', 'inet6'],
  inRoutingTables: false,
  references: ({ ifindex }) => ({ interfaces: [ifindex] }),
  values: {
    prefix: ({ dst = '' }) => hostPrefix(dst),
    protocol: ({ protocol }) => protocol,
    mac: ({ lladdr }) => lladdr,
    states: Object.fromEntries(
      shownStates.map(([bit, name]) => [name.toLowerCase(), ({ state }: Neighbor) => (state & bit) !== 0]),
    ),
  },
  part: ({ family, device }) => ({
    // Those of all interfaces: another one may come to have the name of this one.
    definition: family === undefined ? neighborDefinition : defineNeighbors({ family }),
    shows: ofDevice(device, (entry, { ifindex }) => entry.ifindex === ifindex),
  }),
  naming: ['dev'],
  words(entry, names) {
    if (isForwarding(entry)) return fdbModule.words(entry, names)
    const { dst, ifindex, lladdr, flags, flagsExt = 0, state, protocol } = entry
    const words = dst === undefined ? [] : [dst]
    words.push(`dev ${names.name(ifindex)}`)
    if (lladdr !== undefined) words.push(`lladdr ${names.hardwareAddress(ifindex, lladdr)}`)
    for (const [flag, name] of flagNames) if ((flags & flag) !== 0) words.push(name)
    for (const [flag, name] of extendedFlagNames) if ((flagsExt & flag) !== 0) words.push(name)
    if (state !== NeighborState.NONE) words.push(stateText(state))
    if (protocol !== undefined) words.push(`proto ${protocolName(protocol)}`)
    return words
  },
  sync: neighborSync,
}

/** Whether an entry that is given as a neighbour is one of the forwarding table. */
function isForwarding(entry: object): boolean {
  return (entry as { readonly family?: unknown }).family === AddressFamily.BRIDGE
}

/** Interfaces without an address of their own have none. */
function addressLengthOf(link: Link | undefined): number | undefined {
  return link?.address === undefined ? undefined : link.address.split(':').length
}

function proxyRules({ protocol }: OwnerOptions, link: Link | undefined): ReconcileRules<unknown> {
  return anyRules(usage(() => proxyOwner({ ifindex: link?.ifindex ?? 0, protocol })))
}

function isProxy(entry: object): boolean {
  const { flags } = entry as { flags?: unknown }
  if (typeof flags === 'number') return (flags & NeighborFlag.PROXY) !== 0
  return (Array.isArray(flags) ? flags : [flags]).includes('proxy')
}

function stateText(state: number): string {
  const names = stateNames.filter(([bit]) => (state & bit) !== 0).map(([, name]) => name)
  return names.join(',')
}
