import { linkDependency, needOfInterface, needOfVlanTunnel, requireIfindex } from '@rtnl/link'
import { AddressFamily, Errno } from '@rtnl/netlink-core'
import {
  type CheckedFields,
  carriedBy,
  type DesiredEntry,
  EntryFields,
  flagSet,
  missing,
  oneOf,
  onlyInterface,
  present,
  type ReconcileRules,
  shownOnly,
  wholeNumber,
} from '@rtnl/reconcile/declarations'
import { checkedNumber, expanded, tunnelNumbers, vlanNumbers } from '../ranges.ts'
import { VlanFlag, VlanState } from './constants.ts'
import { defineVlans } from './definition.ts'
import { type Vlan, type VlanEntry, vlanMessage } from './message.ts'

/** Which VLANs are ours: all of one port or bridge. */
export interface VlanOwnership {
  /** Index of the port, or of the bridge itself. */
  readonly ifindex: number
}

/** A VLAN, or a range of them with `vidEnd`; each of a range with a tunnel id has the next one. */
export type VlanRange = DesiredEntry<Vlan> & {
  /** The last VLAN of a range, `vid` to 4094. Default: `vid`. */
  readonly vidEnd?: number
}

/**
 * The VLANs of some ranges, one by one, as they are desired.
 * @throws {TypeError | RangeError} a VLAN that there cannot be (0 and 4095 are reserved), a range that is upside down, ranges
 *   that overlap, a range that is to be the VLAN of frames without a tag, two such VLANs of one interface
 */
export function vlanEntries(ranges: Iterable<VlanRange>): DesiredEntry<Vlan>[] {
  const all = [...ranges]
  const entries = expanded('vlan', vlanNumbers, all, { first: 'vid', last: 'vidEnd' }, (entry, more, path) => {
    const { tunnelId } = entry
    if (tunnelId === undefined) return entry
    return { ...entry, tunnelId: checkedNumber(Number(tunnelId) + more, `${path}.tunnelId`, tunnelNumbers) }
  })
  /** Where the VLAN of frames without a tag is, by interface. */
  const places = new Map<unknown, number>()
  for (const [place, { ifindex, flags, vid, vidEnd = vid }] of all.entries()) {
    if (!hasPvid(flags)) continue
    const path = `vlan[${place}].flags: ${String(flags)}`
    if (vidEnd !== vid) throw new RangeError(`${path} has pvid, which one VLAN can be, and not ${vid} to ${vidEnd}`)
    const other = places.get(ifindex)
    if (other !== undefined) throw new RangeError(`${path} has pvid, which is in vlan[${other}] already`)
    places.set(ifindex, place)
  }
  return entries
}

function hasPvid(flags: unknown): boolean {
  if (typeof flags === 'number') return (flags & VlanFlag.PVID) !== 0
  return (Array.isArray(flags) ? flags : [flags]).includes('pvid')
}

/**
 * Returns the rules for the VLANs of a port or of a bridge, for `reconcile` and `keep` of `@rtnl/reconcile`. All VLANs of the
 * interface are owned. Without `flags` a VLAN has none, and without `tunnelId` no tunnel. `state`, `mcastRouter`,
 * `mcastMaxGroups` and `neighSuppress` stay as they are if a desired entry leaves them out.
 * @throws {RangeError} an impossible interface
 */
export function vlanOwner({ ifindex }: VlanOwnership): ReconcileRules<Vlan, DesiredEntry<Vlan>> {
  requireIfindex('ifindex', ifindex)
  const definition = defineVlans({ ifindex })
  const fields = new EntryFields<Vlan>(
    'vlan',
    {
      family: oneOf({ bridge: AddressFamily.BRIDGE }),
      ifindex: onlyInterface(ifindex),
      vid: wholeNumber(vlanNumbers.least, vlanNumbers.most),
      flags: flagSet({ written: { pvid: VlanFlag.PVID, untagged: VlanFlag.UNTAGGED } }),
      state: oneOf({
        disabled: VlanState.DISABLED,
        listening: VlanState.LISTENING,
        learning: VlanState.LEARNING,
        forwarding: VlanState.FORWARDING,
        blocking: VlanState.BLOCKING,
      }),
      tunnelId: wholeNumber(tunnelNumbers.least, tunnelNumbers.most),
      mcastRouter: wholeNumber(0, 2),
      mcastGroups: shownOnly,
      mcastMaxGroups: wholeNumber(0, 0xffffffff),
      neighSuppress: wholeNumber(0, 1),
    },
    { dev: 'ifindex', vlan: 'vid' },
  )
  const finish = (checked: CheckedFields<Vlan>): Vlan => {
    const { vid, flags = 0 } = checked
    if (vid === undefined) throw missing('vid')
    return { ...present<Vlan>(checked), family: AddressFamily.BRIDGE, ifindex, vid, flags }
  }
  return {
    definition,
    lease: `VLANs of interface ${ifindex}`,
    normalize: (entry, context) => fields.normalize(entry, context, finish),
    key: definition.keyText,
    owns: () => true,
    same: (desired, actual) =>
      desired.flags === actual.flags &&
      isAsDesired(desired.state, actual.state) &&
      desired.tunnelId === actual.tunnelId &&
      isAsDesired(desired.mcastRouter, actual.mcastRouter) &&
      isAsDesired(desired.mcastMaxGroups, actual.mcastMaxGroups) &&
      isAsDesired(desired.neighSuppress, actual.neighSuppress),
    // The kernel refuses a request with a tunnel id for a VLAN that has one, even the same (EEXIST), and keeps it without one.
    strategy: (_desired, old) => (old.tunnelId === undefined ? 'replace' : 'recreate'),
    // The kernel looks at none.
    flags: { add: 0, replace: 0, makeBeforeBreak: 0, recreate: 0 },
    carried(entry) {
      const carried = { family: AddressFamily.BRIDGE, ifindex, entries: [carriedEntry(entry)] }
      return carriedBy(vlanMessage, carried)
    },
    deleteKey: ({ vid = 0 }) => ({ vid }),
    describe: ({ vid }) => `vlan ${vid}`,
    interfaces: linkDependency,
    // Without `vlan_tunnel` of the port the kernel makes the VLAN, and then refuses its tunnel id.
    needsFirst: ['tunnelId'],
    needs: ({ tunnelId }) =>
      tunnelId === undefined ? [needOfInterface(ifindex)] : [needOfInterface(ifindex), needOfVlanTunnel(ifindex)],
    missing: [Errno.ENOENT, Errno.ENODEV],
  }
}

/** `RTM_SETLINK`: the command by which a VLAN is mapped to a tunnel. */
const SETLINK = 19

function isAsDesired(desired: number | undefined, actual: number | undefined): boolean {
  return desired === undefined || desired === actual
}

/** A VLAN as it stands in a message. */
function carriedEntry({ vid = 0, flags = 0, tunnelId, ...options }: Partial<Vlan>): VlanEntry {
  const { state, mcastRouter, mcastMaxGroups, neighSuppress } = options
  const tunnel = tunnelId === undefined ? undefined : { id: tunnelId, command: SETLINK }
  const info = { vid, flags }
  return present<VlanEntry>({
    info,
    range: undefined,
    state,
    tunnel,
    mcastRouter,
    mcastGroups: undefined,
    mcastMaxGroups,
    neighSuppress,
  })
}
