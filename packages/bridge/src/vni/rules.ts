import { linkDependency, needOfInterface, requireIfindex } from '@rtnl/link'
import { AddressFamily, Errno, familyOfText } from '@rtnl/netlink-core'
import {
  type CheckedFields,
  carriedBy,
  type DesiredEntry,
  EntryFields,
  missing,
  oneOf,
  onlyInterface,
  type ReconcileRules,
  wholeNumber,
} from '@rtnl/reconcile/declarations'
import { addressUnlessZero } from '../address-field.ts'
import { expanded, vniNumbers } from '../ranges.ts'
import { defineVnis } from './definition.ts'
import { type Vni, vniMessage } from './message.ts'

/** Which VNIs are ours: all of one vxlan. */
export interface VniOwnership {
  /** Index of the vxlan. */
  readonly ifindex: number
}

/** A VNI, or a range of them with `vniEnd`. */
export type VniRange = DesiredEntry<Vni> & {
  /** The last VNI of a range, `vni` to 2^24 - 1. Default: `vni`. */
  readonly vniEnd?: number
}

/**
 * The VNIs of some ranges, one by one, as they are desired.
 * @throws {TypeError | RangeError} a VNI that there cannot be, a range that is upside down, ranges that overlap
 */
export function vniEntries(ranges: Iterable<VniRange>): DesiredEntry<Vni>[] {
  return expanded('vni', vniNumbers, ranges, { first: 'vni', last: 'vniEnd' })
}

/**
 * How the VNIs of a vxlan with a filter (`vnifilter`) are kept, for `reconcile` and `keep` of `@rtnl/reconcile`. All that the
 * vxlan has are ours.
 * @throws {RangeError} an interface that there cannot be
 */
export function vniOwner({ ifindex }: VniOwnership): ReconcileRules<Vni, DesiredEntry<Vni>> {
  requireIfindex('ifindex', ifindex)
  const definition = defineVnis({ ifindex })
  const fields = new EntryFields<Vni>(
    'vni',
    {
      family: oneOf({ bridge: AddressFamily.BRIDGE }),
      ifindex: onlyInterface(ifindex),
      vni: wholeNumber(vniNumbers.least, vniNumbers.most),
      group: addressUnlessZero,
    },
    { dev: 'ifindex', remote: 'group' },
  )
  const finish = ({ vni, group }: CheckedFields<Vni>): Vni => {
    if (vni === undefined) throw missing('vni')
    return { family: AddressFamily.BRIDGE, ifindex, vni, ...(group === undefined ? {} : { group }) }
  }
  return {
    definition,
    lease: `VNIs of interface ${ifindex}`,
    normalize: (entry, context) => fields.normalize(entry, context, finish),
    key: definition.keyText,
    owns: () => true,
    same: (desired, actual) => desired.group === actual.group,
    strategy: () => 'replace',
    // The kernel looks at none.
    flags: { add: 0, replace: 0, makeBeforeBreak: 0, recreate: 0 },
    carried: ({ vni = 0, group }) => {
      const entry = { start: vni, ...groupField(group) }
      return carriedBy(vniMessage, { family: AddressFamily.BRIDGE, ifindex, entries: [entry] })
    },
    deleteKey: ({ vni = 0 }) => ({ vni }),
    describe: ({ vni }) => `vni ${vni}`,
    interfaces: linkDependency,
    needs: () => [needOfInterface(ifindex)],
    missing: [Errno.ENOENT, Errno.ENODEV],
  }
}

function groupField(group: string | undefined): { readonly group4?: string; readonly group6?: string } {
  if (group === undefined) return {}
  return familyOfText(group) === AddressFamily.INET ? { group4: group } : { group6: group }
}
