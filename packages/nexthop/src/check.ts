import { AddressFamily, familyOfText, InvalidValue, RouteProtocol, RouteScope, showValue } from '@rtnl/netlink-core'
import {
  type CheckedFields,
  checkDumpedSize,
  type DesiredEntry,
  type NormalizeContext,
  present,
} from '@rtnl/reconcile/declarations'
import { NexthopGroupType } from './constants.ts'
import { nexthopFields } from './fields.ts'
import type { Nexthop } from './message.ts'

/** What is to be written of a nexthop: the same fields that are read. */
export type NexthopEntry = Partial<Nexthop>

type FieldName = keyof Nexthop

const largestId = 0xffffffff

function invalid(field: FieldName, problem: string, wrongType = false): InvalidValue {
  return new InvalidValue(problem, wrongType).under(field)
}

/** @throws {TypeError | RangeError} an id that no nexthop can have */
export function checkId(id: unknown): number {
  if (typeof id !== 'number') throw invalid('id', `${showValue(id)} is not a number`, true).toError('nexthop')
  if (!Number.isInteger(id) || id < 1 || id > largestId) {
    throw invalid('id', `${id} is not a whole number in 1..${largestId}`).toError('nexthop')
  }
  return id
}

/** Fields that cannot stand beside others, as the kernel has it. */
const conflicts: readonly { readonly field: FieldName; readonly excludes: readonly FieldName[] }[] = [
  { field: 'group', excludes: ['gateway', 'oif', 'blackhole', 'encap', 'encapType'] },
  { field: 'blackhole', excludes: ['gateway', 'oif', 'fdb', 'encap', 'encapType'] },
  { field: 'fdb', excludes: ['oif', 'encap', 'encapType'] },
]

function checkConflicts(entry: CheckedFields<Nexthop>): void {
  for (const { field, excludes } of conflicts) {
    if (entry[field] === undefined) continue
    const other = excludes.find((name) => entry[name] !== undefined)
    if (other !== undefined) throw invalid(other, `${showValue(entry[other])} cannot stand beside ${field}`)
  }
  if (entry.encapType !== undefined && entry.encap === undefined) {
    throw invalid('encapType', `${entry.encapType} needs encap beside it`, true)
  }
}

function checkGroup({ id, family, group, groupType, resGroup, flags = 0 }: CheckedFields<Nexthop>): void {
  if (group === undefined) {
    if (groupType !== undefined) throw invalid('groupType', `${groupType} needs a group`)
    if (resGroup !== undefined) throw invalid('resGroup', 'needs a group')
    return
  }
  if (family !== undefined && family !== AddressFamily.UNSPEC)
    throw invalid('family', `${family} is not 0, as of a group`)
  // The kernel takes them and keeps none.
  if (flags !== 0) throw invalid('flags', `${flags} belongs to the members of a group`)
  if (resGroup !== undefined && groupType !== NexthopGroupType.RES) {
    throw invalid('resGroup', `needs groupType 1 (resilient), not ${groupType ?? NexthopGroupType.MPATH}`)
  }
  if (group.length === 0) throw invalid('group', 'a group has at least one member')
  const members = new Set<number>()
  for (const [place, member] of group.entries()) {
    if (member.id === id) throw invalid('group', `${id} is the group itself`)
    if (members.has(member.id)) {
      throw new InvalidValue(`${member.id} is in the group already`).under('id').under(place).under('group')
    }
    members.add(member.id)
  }
}

/** Bytes of the message in which the kernel shows a group without members, and those of a member. */
const emptyGroup = 56
const ofResilience = 40
const ofMember = 8

/** The family of an entry: that of its gateway; without one IPv4, as `ip nexthop` has it. */
function familyOf({ family, gateway, group }: CheckedFields<Nexthop>): number {
  if (group !== undefined) return AddressFamily.UNSPEC
  if (family === AddressFamily.UNSPEC) throw invalid('family', `${family} is not 2 (inet) or 10 (inet6)`)
  if (gateway === undefined) return family ?? AddressFamily.INET
  const gatewayFamily = familyOfText(gateway)
  if (family !== undefined && family !== gatewayFamily) {
    throw invalid('family', `${family} is not that of the gateway ${gateway}, ${gatewayFamily}`)
  }
  return gatewayFamily
}

/** The kernel takes an unspecified gateway for none, but shows it with remotes of IPv6. */
function gatewayOf({ gateway, fdb }: CheckedFields<Nexthop>, family: number): string | undefined {
  if (fdb !== undefined && family === AddressFamily.INET6) return gateway ?? '::'
  return gateway === '0.0.0.0' || gateway === '::' ? undefined : gateway
}

/** The kernel sets it by itself: whether what the nexthop leads to is on the link. */
function scopeOf({ family, gateway, group, blackhole, fdb }: CheckedFields<Nexthop>): number {
  if (group !== undefined || blackhole !== undefined) return RouteScope.UNIVERSE
  const isHost = gateway === undefined && fdb === undefined && family === AddressFamily.INET
  return isHost ? RouteScope.HOST : RouteScope.LINK
}

/** Checks the fields against each other, and completes the entry in place, except for what only a complete entry has. */
function finish(checked: CheckedFields<Nexthop>): CheckedFields<Nexthop> {
  checkConflicts(checked)
  checkGroup(checked)
  checked.family = familyOf(checked)
  if (checked.group === undefined && checked.blackhole === undefined) {
    checked.gateway = gatewayOf(checked, checked.family)
  }
  const scope = scopeOf(checked)
  // Linux 5.10 shows what newer kernels show as on the host as on the link.
  const isOlder = scope === RouteScope.HOST && checked.scope === RouteScope.LINK
  if (checked.scope !== undefined && checked.scope !== scope && !isOlder) {
    throw invalid('scope', `${checked.scope} is not ${scope}, which the kernel sets`)
  }
  checked.scope = scope
  if (checked.group !== undefined) {
    const size =
      emptyGroup + checked.group.length * ofMember + (checked.groupType === NexthopGroupType.RES ? ofResilience : 0)
    checkDumpedSize('group', size, `${checked.group.length} members`)
  }
  return checked
}

/** For requests, in which an interface cannot have a name: nothing follows the names of interfaces here. */
const indexes: NormalizeContext = {
  ifindex(name) {
    throw new InvalidValue(`${showValue(name)} is a name; a request takes the index`, true)
  },
}

/**
 * Checks an entry and returns it as a request has it. It leaves out what the kernel sets by itself and refuses in requests, so
 * that an entry can be written as it was read: the scope, all flags but onlink, the time for which a resilient group is
 * unbalanced.
 * @throws {TypeError | RangeError} names the field and its value
 */
export function checkEntry(entry: NexthopEntry): NexthopEntry {
  return nexthopFields.normalize(entry, indexes, (checked) => {
    const { scope: _, ...request } = present<NexthopEntry>(finish(checked))
    return request
  })
}

/**
 * Checks a desired entry, which has an id, and returns it in the form in which the kernel shows it.
 * @param protocol the protocol of owned entries; `undefined` if entries of all protocols may be desired
 * @throws {TypeError | RangeError} names the field and its value
 */
export function checkOwnEntry(
  entry: DesiredEntry<Nexthop>,
  protocol: number | undefined,
  context: NormalizeContext,
): Nexthop {
  return nexthopFields.normalize(entry, context, (checked) => {
    if (checked.id === undefined) throw invalid('id', 'is missing', true)
    if (protocol !== undefined && checked.protocol !== undefined && checked.protocol !== protocol) {
      throw invalid('protocol', `${checked.protocol} is not ${protocol}, which marks nexthops of ours`)
    }
    const made = finish(checked)
    made.protocol = protocol ?? checked.protocol ?? RouteProtocol.UNSPEC
    made.flags ??= 0
    if (made.group !== undefined) made.groupType ??= NexthopGroupType.MPATH
    return present<Nexthop>(made)
  })
}
