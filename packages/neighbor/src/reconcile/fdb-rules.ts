import { type Link, linkDependency, needOfInterface } from '@rtnl/link'
import { Errno, MessageFlag } from '@rtnl/netlink-core'
import { needOfNexthop, nexthopDependency } from '@rtnl/nexthop'
import type { DesiredEntry, ReconcileRules, Strategy } from '@rtnl/reconcile/declarations'
import { NeighborFlag, NeighborState } from '../constants.ts'
import { defineFdb } from '../fdb/definition.ts'
import { fdbKeyText, isFloodAddress } from '../fdb/key.ts'
import type { Neighbor } from '../message.ts'
import { isStatic } from './fdb-fields.ts'
import { PortForm, portFlags } from './port-fields.ts'
import { RemoteForm, remoteFlags } from './vxlan-fields.ts'

type FdbRules = ReconcileRules<Neighbor, DesiredEntry<Neighbor>>

/** Which forwarding entries of an interface are owned. */
export interface FdbOwnership {
  /** Of a vxlan in a bridge: the addresses that the bridge has behind it (`master`), and not its remotes (`self`). */
  readonly master?: boolean | undefined
  /**
   * For additive mode: entries of every form can be desired, also those that cannot be recognized as owned later. Entries that
   * are not desired stay, whatever their form.
   */
  readonly additive?: boolean | undefined
}

/** What the kernel has learned by itself. */
function isDynamic({ state, flags }: Neighbor): boolean {
  const lasting = NeighborState.NOARP | NeighborState.PERMANENT
  return (state & lasting) === 0 && (flags & NeighborFlag.EXT_LEARNED) === 0
}

/**
 * Returns the rules for the forwarding entries of one interface, for `reconcile` and `keep` of `@rtnl/reconcile`: the remotes
 * of a vxlan, or the addresses behind a port of a bridge. The kernel keeps no protocol of them. So owned entries are those of
 * the interface that are static, not permanent and not learned from elsewhere.
 *
 * All remotes of an address to which a vxlan floods (zero, multicast) are owned once one of them is desired, since they share
 * one state. An entry of a bridge in a VLAN is owned once it is desired: for an entry in no VLAN the bridge itself adds
 * others, one in each VLAN of the port.
 *
 * The rules hold for the link as it is given. When a port moves to another bridge, a program calls this function again.
 * @param link the interface, as `LinkTable` shows it
 * @throws {TypeError} the interface is neither a vxlan nor a port of a bridge
 */
export function fdbOwner(link: Link, { master, additive = false }: FdbOwnership = {}): FdbRules {
  return link.kind === 'vxlan' && master !== true ? vxlanOwner(link, additive) : portOwner(link, additive)
}

function rulesFor(
  parts: Omit<FdbRules, 'key' | 'describe' | 'interfaces' | 'dependencies' | 'needs' | 'missing'>,
): FdbRules {
  return {
    key: fdbKeyText,
    describe,
    interfaces: linkDependency,
    dependencies: [nexthopDependency],
    needs: ({ ifindex, nhId }) => [needOfInterface(ifindex), ...(nhId === undefined ? [] : [needOfNexthop(nhId)])],
    missing: [Errno.ENOENT, Errno.ENXIO, Errno.ENODEV],
    ...parts,
  }
}

/** Describes an entry by its key, as `bridge fdb` prints it. */
function describe({ lladdr, vlan, dst, port, vni, srcVni }: Neighbor): string {
  const words = Object.entries({ vlan, dst, port, vni, src_vni: srcVni })
  return `fdb ${lladdr}${words.map(([name, value]) => (value === undefined ? '' : ` ${name} ${value}`)).join('')}`
}

function vxlanOwner(link: Link, additive: boolean): FdbRules {
  const flooded = new Set<string>()
  const place = ({ lladdr, srcVni }: Neighbor): string => `${lladdr} ${srcVni}`
  const form = new RemoteForm(link, additive)
  const sameForm = (one: Neighbor, other: Neighbor): boolean =>
    one.state === other.state && (one.flags & remoteFlags) === (other.flags & remoteFlags)
  return rulesFor({
    lease: `forwarding entries of interface ${link.ifindex}`,
    definition: defineFdb({ ifindex: link.ifindex }),
    normalize(entry, context) {
      const normal = form.fields.normalize(entry, context, form.whole)
      if (isFloodAddress(normal.lladdr)) flooded.add(place(normal))
      return normal
    },
    keyOf: (entry, context) => form.fields.normalize(entry, context, form.key),
    owns: (actual) => isStatic(actual.state, actual.flags) || flooded.has(place(actual)),
    same: (desired, actual) =>
      sameForm(desired, actual) &&
      desired.dst === actual.dst &&
      desired.nhId === actual.nhId &&
      desired.port === actual.port &&
      desired.vni === actual.vni &&
      desired.viaIfindex === actual.viaIfindex,
    preemptible: isDynamic,
    strategy(desired, old) {
      if (isFloodAddress(desired.lladdr)) return 'recreate'
      // The kernel accepts a replacement of a nexthop group by an address, or the reverse, and ignores it, or it refuses.
      if ((desired.nhId === undefined) !== (old.nhId === undefined)) return 'recreate'
      // What is learned from elsewhere changes the remote of an entry that a program has made, and nothing else.
      return isExternal(desired) && !sameForm(desired, old) ? 'recreate' : 'replace'
    },
    flags: ({ lladdr }, strategy) => flagsFor(strategy, isFloodAddress(lladdr)),
    // The state and the flags are changed before the remote is looked at (`vxlan_fdb_update_existing`).
    refusalsChange: true,
    deleteKey: erasedRemote,
  })
}

function portOwner(link: Link, additive: boolean): FdbRules {
  if (link.master === undefined || link.kind === 'bridge') {
    throw new TypeError(`link: ${link.ifname ?? link.ifindex} is neither a vxlan nor a port of a bridge`)
  }
  const { master } = link
  const tagged = new Set<string>()
  const place = ({ lladdr, vlan }: Neighbor): string => `${lladdr} ${vlan}`
  const form = new PortForm(link, master, additive)
  const sameForm = (one: Neighbor, other: Neighbor): boolean =>
    one.state === other.state && (one.flags & portFlags) === (other.flags & portFlags)
  // The request names the port; the flag makes the bridge of the port carry it out.
  const asked = (entry: Neighbor): Partial<Neighbor> => {
    const { master: _, ...rest } = entry
    return { ...rest, flags: (entry.flags & portFlags) | NeighborFlag.MASTER }
  }
  return rulesFor({
    // A port takes its entries along when it leaves the bridge.
    wentWith: (_removed, { errno }) => errno === Errno.EOPNOTSUPP,
    lease: `forwarding entries of interface ${link.ifindex} in bridge ${master}`,
    // An address may be at another port of the bridge.
    definition: defineFdb({ master }),
    normalize(entry, context) {
      const normal = form.fields.normalize(entry, context, form.whole)
      if (normal.vlan !== undefined) tagged.add(place(normal))
      return normal
    },
    keyOf: (entry, context) => form.fields.normalize(entry, context, form.key),
    owns: (actual) =>
      actual.ifindex === link.ifindex &&
      isStatic(actual.state, actual.flags) &&
      ((actual.vlan ?? 0) === 0 || tagged.has(place(actual))),
    same: (desired, actual) => desired.ifindex === actual.ifindex && sameForm(desired, actual),
    preemptible: isDynamic,
    // A bridge keeps that an entry is learned from elsewhere, and what it was when that was said of it.
    strategy: (desired, old) =>
      (isExternal(desired) || isExternal(old)) && !sameForm(desired, old) ? 'recreate' : 'replace',
    flags: (_desired, strategy) => flagsFor(strategy, false),
    written: asked,
    deleteKey: asked,
  })
}

function isExternal({ flags }: Neighbor): boolean {
  return (flags & NeighborFlag.EXT_LEARNED) !== 0
}

/** @param stands it is another remote of an address that is flooded to, beside others */
function flagsFor(strategy: Strategy, stands: boolean): number {
  if (strategy === 'replace') return MessageFlag.CREATE | MessageFlag.REPLACE
  return MessageFlag.CREATE | (stands ? MessageFlag.APPEND : MessageFlag.EXCL)
}

function erasedRemote(entry: Neighbor): Partial<Neighbor> {
  const { family, ifindex, flags, lladdr, srcVni, dst, port, vni, viaIfindex } = entry
  const remote = isFloodAddress(lladdr) ? { dst, port, vni, viaIfindex } : {}
  const fields = { family, ifindex, flags: flags & NeighborFlag.SELF, lladdr, srcVni, ...remote }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
