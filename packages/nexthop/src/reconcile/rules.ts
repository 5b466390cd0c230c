import { linkDependency, needOfCarrier, needOfInterface } from '@rtnl/link'
import { checkNumber, Errno, MessageFlag, NexthopFlag, sameEncapsulation } from '@rtnl/netlink-core'
import type { DesiredEntry, Divisible, Need, ReconcileRules } from '@rtnl/reconcile/declarations'
import { NexthopGroupType } from '../constants.ts'
import type { NexthopGroupMember } from '../group.ts'
import type { Nexthop } from '../message.ts'
import { nexthopDefinition } from '../table.ts'
import { interfaceOfEncapsulation } from './encapsulation.ts'
import { gatewayDependency, needOfGateway } from './gateway-dependency.ts'
import { needOfNexthop, nexthopDependency } from './nexthop-dependency.ts'
import { type AdditiveNexthopOwnership, type NexthopOwnership, normalizeNexthop } from './normalize.ts'

const create = MessageFlag.CREATE | MessageFlag.EXCL

/**
 * Returns the rules for nexthops and groups of one protocol, or in additive mode of any, for `reconcile` and `keep` of
 * `@rtnl/reconcile`. Each has an id. A nexthop with the same id and another protocol is a conflict and stays.
 *
 * A request to change or delete an id cannot name the protocol. If somebody gives the id to a nexthop between the moment in
 * which the reconciler looks at the table and its request, that nexthop is changed or deleted.
 * @throws {RangeError} there is no such protocol
 */
export function nexthopOwner(
  ownership: NexthopOwnership | AdditiveNexthopOwnership,
): ReconcileRules<Nexthop, DesiredEntry<Nexthop>> {
  const { protocol } = ownership
  if (ownership.additive !== true || protocol !== undefined) checkNumber('protocol', protocol, 0, 0xff)
  return {
    definition: nexthopDefinition,
    lease: protocol === undefined ? 'nexthops, additively' : `nexthops of protocol ${protocol}`,
    normalize: (entry, context) => normalizeNexthop(entry, ownership, context),
    // A group cannot have its own id among its members.
    independent: ({ group }) => (group === undefined ? ['id', 'gateway', 'oif'] : []),
    key: nexthopDefinition.keyText,
    owns: (nexthop) => protocol === undefined || nexthop.protocol === protocol,
    ...(protocol === undefined ? {} : { ownerMatch: { protocol } }),
    isSameOwner: (desired, actual) => desired.protocol === actual.protocol,
    same: sameNexthop,
    strategy: (desired, old) => (isReplaceable(desired, old) ? 'replace' : 'recreate'),
    refersBy: ['group'],
    flags: {
      add: create,
      replace: MessageFlag.CREATE | MessageFlag.REPLACE,
      makeBeforeBreak: create,
      recreate: create,
    },
    // The kernel refuses a request with a scope.
    written: ({ scope: _, ...entry }) => entry,
    deleteKey: ({ id }) => (id === undefined ? {} : { id }),
    describe: ({ id }) => `nexthop id ${id}`,
    interfaces: linkDependency,
    dependencies: [gatewayDependency, nexthopDependency],
    needs,
    divisible,
    missing: [Errno.ENOENT],
  }
}

/** A nexthop needs its interface up and with a carrier, its gateway on the link of it, and the interface that a tunnel names. */
function needs({ oif, gateway, fdb, flags, encap }: Nexthop): readonly Need[] {
  const found: Need[] = []
  const inner = interfaceOfEncapsulation(encap)
  if (inner !== undefined) found.push(needOfInterface(inner))
  if (oif !== undefined) found.push(needOfCarrier(oif))
  if (gateway !== undefined && fdb === undefined && (flags & NexthopFlag.ONLINK) === 0)
    found.push(needOfGateway(gateway))
  return found
}

/** A group goes on with the members that are there. */
const divisible: Divisible<Nexthop> = {
  fields: ['group'],
  needs: ({ group = [] }) => group.map(({ id }) => needOfNexthop(id)),
  feasible(desired, isMet) {
    const { group = [] } = desired
    const members = group.filter(({ id }) => isMet(needOfNexthop(id)))
    if (members.length === group.length) return desired
    return members.length === 0 ? undefined : { ...desired, group: members }
  },
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
