import { type Link, linkDefinition } from '@rtnl/link'
import { AddressFamily, MessageFlag } from '@rtnl/netlink-core'
import { nexthopDefinition } from '@rtnl/nexthop'
import { anyDefinition } from '@rtnl/notifier'
import type { Manner, ReconcileRules } from '@rtnl/reconcile'
import { NeighborFlag, NeighborState, NeighborType } from '../constants.ts'
import { defineFdb } from '../fdb/definition.ts'
import { fdbKeyText, isFloodAddress } from '../fdb/key.ts'
import type { Neighbor } from '../message.ts'
import { canonicalAddress, canonicalHardwareAddress, checked, checkInterface, invalid, refuse } from './normalize.ts'

const ENOENT = 2
const ENXIO = 6
const ENODEV = 19

/** A static entry, as `bridge fdb add ... static` makes it. A bridge shows it without `REACHABLE`. */
const staticOnVxlan = NeighborState.NOARP | NeighborState.REACHABLE
const staticOnBridge = NeighborState.NOARP

function isStatic({ state, flags }: Neighbor): boolean {
  const foreign = (state & NeighborState.PERMANENT) !== 0 || (flags & NeighborFlag.EXT_LEARNED) !== 0
  return (state & NeighborState.NOARP) !== 0 && !foreign
}

/** What the kernel has learned by itself. */
function isDynamic({ state, flags }: Neighbor): boolean {
  const lasting = NeighborState.NOARP | NeighborState.PERMANENT
  return (state & lasting) === 0 && (flags & NeighborFlag.EXT_LEARNED) === 0
}

/**
 * How forwarding entries are kept on one interface, for `reconcile` and `keep` of `@rtnl/reconcile`: the remotes of a
 * vxlan, or the addresses behind a port of a bridge. The kernel keeps no protocol of them, so ours are those of the
 * interface that are static, not permanent and not learned from elsewhere.
 *
 * Of an address that a vxlan floods to (zero, multicast) all remotes are ours once one of them is wanted, since they
 * share one state: there is no telling them apart. An entry of a bridge in a VLAN is ours once it is wanted: of one in no
 * VLAN the bridge itself makes others, one in each VLAN of the port.
 * @param link the interface, as `LinkTable` shows it
 * @throws {TypeError} the interface is neither a vxlan nor a port of a bridge
 */
export function fdbOwner(link: Link): ReconcileRules<Neighbor> {
  return link.kind === 'vxlan' ? vxlanOwner(link) : portOwner(link)
}

function rulesFor(
  link: Link,
  parts: Omit<ReconcileRules<Neighbor>, 'claim' | 'key' | 'flags' | 'describe' | 'hurries' | 'missing'>,
): ReconcileRules<Neighbor> {
  return {
    claim: `forwarding entries of interface ${link.ifindex}`,
    key: fdbKeyText,
    flags,
    describe: ({ lladdr, dst }) => `fdb ${lladdr}${dst === undefined ? '' : ` dst ${dst}`}`,
    hurries: [anyDefinition(linkDefinition), anyDefinition(nexthopDefinition)],
    missing: [ENOENT, ENXIO, ENODEV],
    ...parts,
  }
}

function vxlanOwner(link: Link): ReconcileRules<Neighbor> {
  const flooded = new Set<string>()
  const place = ({ lladdr, srcVni }: Neighbor): string => `${lladdr} ${srcVni}`
  return rulesFor(link, {
    definition: defineFdb({ ifindex: link.ifindex }),
    normalize(entry) {
      const normal = checked('fdb', () => normalizeRemote(entry, link))
      if (isFloodAddress(normal.lladdr)) flooded.add(place(normal))
      return normal
    },
    keyOf: (entry) => checked('fdb', () => remoteKey(entry, link)),
    owns: (actual) => isStatic(actual) || flooded.has(place(actual)),
    same: (desired, actual) =>
      desired.state === actual.state &&
      desired.dst === actual.dst &&
      desired.nhId === actual.nhId &&
      desired.port === actual.port &&
      desired.vni === actual.vni &&
      desired.viaIfindex === actual.viaIfindex,
    yields: isDynamic,
    manner: (desired, old) =>
      isFloodAddress(desired.lladdr) || (desired.nhId === undefined) !== (old.nhId === undefined)
        ? 'recreate'
        : 'replace',
    erased,
  })
}

/** Another remote of an address that is flooded to stands beside the others. */
function flags({ lladdr }: Neighbor, manner: Manner): number {
  if (manner === 'replace') return MessageFlag.CREATE | MessageFlag.REPLACE
  return MessageFlag.CREATE | (isFloodAddress(lladdr) ? MessageFlag.APPEND : MessageFlag.EXCL)
}

function portOwner(link: Link): ReconcileRules<Neighbor> {
  if (link.master === undefined || link.kind === 'bridge') {
    throw new TypeError(`link: ${link.ifname ?? link.ifindex} is neither a vxlan nor a port of a bridge`)
  }
  const { master } = link
  const tagged = new Set<string>()
  const place = ({ lladdr, vlan }: Neighbor): string => `${lladdr} ${vlan}`
  // What was asked of the port is done by the bridge.
  const asked = (entry: Neighbor): Partial<Neighbor> => {
    const { master: _, ...rest } = entry
    return { ...rest, flags: NeighborFlag.MASTER }
  }
  return rulesFor(link, {
    // An address may be at another port of the bridge.
    definition: defineFdb({ master }),
    normalize(entry) {
      const normal = checked('fdb', () => normalizeAddress(entry, link, master))
      if (normal.vlan !== undefined) tagged.add(place(normal))
      return normal
    },
    keyOf: (entry) => checked('fdb', () => addressKey(entry, link, master)),
    owns: (actual) =>
      actual.ifindex === link.ifindex && isStatic(actual) && ((actual.vlan ?? 0) === 0 || tagged.has(place(actual))),
    same: (desired, actual) => desired.ifindex === actual.ifindex && desired.state === actual.state,
    yields: isDynamic,
    manner: () => 'replace',
    written: asked,
    erased: asked,
  })
}

function erased(entry: Neighbor): Partial<Neighbor> {
  const { family, ifindex, flags, lladdr, srcVni, dst, port, vni, viaIfindex } = entry
  const remote = isFloodAddress(lladdr) ? { dst, port, vni, viaIfindex } : {}
  const fields = { family, ifindex, flags: flags & NeighborFlag.SELF, lladdr, srcVni, ...remote }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** @returns the hardware address, in its normal form */
function checkKey(entry: Partial<Neighbor>, link: Link): string {
  if (entry.family !== undefined && entry.family !== AddressFamily.BRIDGE) {
    throw invalid('family', `${String(entry.family)} is not 7, that of forwarding entries`)
  }
  checkInterface(entry.ifindex, link.ifindex)
  return canonicalHardwareAddress(entry.lladdr)
}

function checkEntry(entry: Partial<Neighbor>): void {
  refuse(entry, ['protocol'], 'the kernel keeps none of forwarding entries')
  const state = entry.state ?? NeighborState.NOARP
  if ((state & NeighborState.NOARP) === 0 || (state & NeighborState.PERMANENT) !== 0) {
    throw invalid('state', `${state} is not static (64), by which forwarding entries are ours`)
  }
  if (((entry.flags ?? 0) & NeighborFlag.EXT_LEARNED) !== 0) {
    throw invalid('flags', `${entry.flags} says learned from elsewhere, which ours are not`)
  }
}

/** What names an entry of a vxlan: one that is flooded to stands for one remote. */
function remoteKey(entry: Partial<Neighbor>, link: Link): Neighbor {
  const lladdr = checkKey(entry, link)
  const { dst, port, vni, srcVni, viaIfindex } = entry
  if (isFloodAddress(lladdr) && dst === undefined && entry.nhId === undefined) throw missingRemote()
  return given({
    family: AddressFamily.BRIDGE,
    ifindex: link.ifindex,
    state: staticOnVxlan,
    flags: NeighborFlag.SELF,
    type: NeighborType.UNICAST,
    dst: dst === undefined ? undefined : canonicalAddress('dst', dst).address,
    lladdr,
    // The kernel leaves out what the vxlan itself has.
    port: port === link.vxlan?.port ? undefined : port,
    vni: vni === link.vxlan?.id ? undefined : vni,
    srcVni,
    viaIfindex,
  })
}

function missingRemote(): Error {
  return invalid('dst', 'is missing; an entry of a vxlan has it, or nhId', true)
}

function given(entry: { [Name in keyof Neighbor]: Neighbor[Name] | undefined }): Neighbor {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as unknown as Neighbor
}

/** What names an entry of a bridge. */
function addressKey(entry: Partial<Neighbor>, link: Link, master: number): Neighbor {
  const lladdr = checkKey(entry, link)
  const { vlan } = entry
  if (vlan !== undefined && (vlan < 1 || vlan > 4094)) throw invalid('vlan', `${vlan} is not in 1..4094`)
  return given({
    family: AddressFamily.BRIDGE,
    ifindex: link.ifindex,
    state: staticOnBridge,
    flags: 0,
    type: 0,
    lladdr,
    vlan,
    master,
  })
}

function normalizeRemote(entry: Partial<Neighbor>, link: Link): Neighbor {
  const key = remoteKey(entry, link)
  checkEntry(entry)
  refuse(entry, ['master', 'vlan'], 'entries of a vxlan have none')
  const { dst, nhId } = entry
  if (dst === undefined && nhId === undefined) throw missingRemote()
  if (nhId === undefined) return key
  refuse(entry, ['dst', 'port', 'vni', 'viaIfindex'], 'cannot stand beside nhId')
  return { ...key, nhId }
}

function normalizeAddress(entry: Partial<Neighbor>, link: Link, master: number): Neighbor {
  const key = addressKey(entry, link, master)
  checkEntry(entry)
  refuse(entry, ['dst', 'port', 'vni', 'srcVni', 'viaIfindex', 'nhId'], 'entries of a bridge have none')
  return key
}
