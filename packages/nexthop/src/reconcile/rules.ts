import { linkDefinition } from '@rtnl/link'
import { MessageFlag, NexthopFlag, sameEncapsulation } from '@rtnl/netlink-core'
import { anyDefinition } from '@rtnl/notifier'
import type { DesiredEntry, ReconcileRules } from '@rtnl/reconcile'
import { NexthopGroupType } from '../constants.ts'
import type { NexthopGroupMember } from '../group.ts'
import type { Nexthop } from '../message.ts'
import { nexthopDefinition } from '../table.ts'
import { type NexthopOwnership, normalizeNexthop } from './normalize.ts'

const ENOENT = 2
const create = MessageFlag.CREATE | MessageFlag.EXCL

/**
 * How nexthops and groups of one protocol are kept, for `reconcile` and `keep` of `@rtnl/reconcile`. Each has an id;
 * one with the same id and another protocol is in the way of ours and stays.
 *
 * The kernel cannot be told to change or delete an id only if its protocol is this one. So an id that somebody else
 * gives to a nexthop in the moment between our look and our request is hit all the same.
 * @throws {RangeError} there is no such protocol
 */
export function nexthopOwner(ownership: NexthopOwnership): ReconcileRules<Nexthop, DesiredEntry<Nexthop>> {
  const { protocol } = ownership
  if (!Number.isInteger(protocol) || protocol < 0 || protocol > 0xff) {
    throw new RangeError(`protocol: ${String(protocol)} is not a whole number in 0..255`)
  }
  return {
    definition: nexthopDefinition,
    claim: `nexthops of protocol ${protocol}`,
    normalize: (entry, context) => normalizeNexthop(entry, ownership, context),
    key: nexthopDefinition.keyText,
    owns: (nexthop) => nexthop.protocol === protocol,
    mark: { protocol },
    same: sameNexthop,
    manner: (desired, old) => (isReplaceable(desired, old) ? 'replace' : 'recreate'),
    rank: ({ group }) => (group === undefined ? 0 : 1),
    ranks: 2,
    flags: { add: create, replace: MessageFlag.CREATE | MessageFlag.REPLACE, beside: create, recreate: create },
    // The kernel refuses to be told the scope.
    written: ({ scope: _, ...entry }) => entry,
    erased: ({ id }) => (id === undefined ? {} : { id }),
    describe: ({ id }) => `nexthop id ${id}`,
    hurries: [anyDefinition(linkDefinition)],
    missing: [ENOENT],
  }
}

/** Everything counts but what the kernel sets by itself. */
function sameNexthop(desired: Nexthop, actual: Nexthop): boolean {
  return (
    desired.protocol === actual.protocol &&
    desired.family === actual.family &&
    desired.flags === (actual.flags & NexthopFlag.ONLINK) &&
    desired.oif === actual.oif &&
    desired.gateway === actual.gateway &&
    desired.blackhole === actual.blackhole &&
    desired.fdb === actual.fdb &&
    desired.encapType === actual.encapType &&
    sameEncapsulation(desired.encap, actual.encap) &&
    desired.groupType === actual.groupType &&
    sameMembers(desired.group ?? [], actual.group ?? []) &&
    sameParameters(desired, actual)
  )
}

/** Their order says nothing of the traffic that each gets. */
function sameMembers(wanted: readonly NexthopGroupMember[], actual: readonly NexthopGroupMember[]): boolean {
  const weights = new Map(actual.map(({ id, weight }) => [id, weight]))
  return wanted.length === actual.length && wanted.every(({ id, weight }) => weights.get(id) === weight)
}

/** What is not given is left to the kernel. */
function sameParameters({ resGroup: wanted = {} }: Nexthop, { resGroup: actual = {} }: Nexthop): boolean {
  return (
    (wanted.buckets === undefined || wanted.buckets === actual.buckets) &&
    sameTimer(wanted.idleTimer, actual.idleTimer) &&
    sameTimer(wanted.unbalancedTimer, actual.unbalancedTimer)
  )
}

/** A kernel with 250 ticks a second can count no odd hundredths, and shows one less. Nobody knows how many it has. */
function sameTimer(wanted: number | undefined, actual: number | undefined): boolean {
  return wanted === undefined || wanted === actual || (wanted % 2 === 1 && actual === wanted - 1)
}

/**
 * The kernel keeps a group a group, its type and its number of buckets, and a nexthop for forwarding entries one, while
 * it is in a group.
 */
function isReplaceable(desired: Nexthop, old: Nexthop): boolean {
  if (desired.group === undefined || old.group === undefined) {
    return desired.group === old.group && desired.fdb === old.fdb
  }
  if (desired.groupType !== old.groupType) return false
  const { buckets } = desired.resGroup ?? {}
  return desired.groupType !== NexthopGroupType.RES || buckets === undefined || buckets === old.resGroup?.buckets
}
