import { AddressFamily, addressBytes, InvalidValue, NexthopFlag } from '@rtnl/netlink-core'
import { NexthopGroupType } from './constants.ts'
import type { Nexthop } from './message.ts'

/** What is to be written of a nexthop: the same fields that are read. */
export type NexthopEntry = Partial<Nexthop>

type FieldName = keyof Nexthop

const largestId = 0xffffffff

function invalid(field: FieldName, problem: string, wrongType = false): TypeError | RangeError {
  return new InvalidValue(problem, wrongType).under(field).toError('nexthop')
}

/** @throws {TypeError | RangeError} an id that no nexthop can have */
export function checkId(id: unknown): number {
  if (typeof id !== 'number') throw invalid('id', `${String(id)} is not a number`, true)
  if (!Number.isInteger(id) || id < 1 || id > largestId) throw invalid('id', `${id} is not in 1..${largestId}`)
  return id
}

/** Fields that cannot stand beside others, as the kernel has it. */
const conflicts: readonly { readonly field: FieldName; readonly excludes: readonly FieldName[] }[] = [
  { field: 'group', excludes: ['gateway', 'oif', 'blackhole', 'encap', 'encapType'] },
  { field: 'blackhole', excludes: ['gateway', 'oif', 'fdb', 'encap', 'encapType'] },
  { field: 'fdb', excludes: ['oif', 'encap', 'encapType'] },
]

function checkConflicts(entry: NexthopEntry): void {
  for (const { field, excludes } of conflicts) {
    if (entry[field] === undefined) continue
    const other = excludes.find((name) => entry[name] !== undefined)
    if (other !== undefined) throw invalid(other, `${JSON.stringify(entry[other])} cannot stand beside ${field}`)
  }
}

function checkGroup({ id, family, group, groupType, resGroup }: NexthopEntry): void {
  if (group === undefined) {
    if (groupType !== undefined) throw invalid('groupType', `${groupType} needs a group`)
    if (resGroup !== undefined) throw invalid('resGroup', 'needs a group')
    return
  }
  if (family !== undefined && family !== AddressFamily.UNSPEC)
    throw invalid('family', `${family} is not 0, as of a group`)
  if (groupType !== undefined && !Object.values<number>(NexthopGroupType).includes(groupType)) {
    throw invalid('groupType', `${groupType} is not 0 (multipath) or 1 (resilient)`)
  }
  if (resGroup !== undefined && groupType !== NexthopGroupType.RES) {
    throw invalid('resGroup', `needs groupType 1 (resilient), not ${groupType ?? NexthopGroupType.MPATH}`)
  }
  if (id !== undefined && Array.isArray(group) && group.some((member) => member?.id === id)) {
    throw invalid('group', `${id} is the group itself`)
  }
}

/** The family of an entry: that of its gateway; without one IPv4, as `ip nexthop` has it. */
function familyOf({ family, gateway, group }: NexthopEntry): number {
  if (group !== undefined) return AddressFamily.UNSPEC
  if (family !== undefined && family !== AddressFamily.INET && family !== AddressFamily.INET6) {
    throw invalid('family', `${String(family)} is not 2 (IPv4) or 10 (IPv6)`, typeof family !== 'number')
  }
  if (gateway === undefined) return family ?? AddressFamily.INET
  const gatewayFamily = gatewayLength(gateway) === 4 ? AddressFamily.INET : AddressFamily.INET6
  if (family !== undefined && family !== gatewayFamily) {
    throw invalid('family', `${family} is not that of the gateway ${gateway}, ${gatewayFamily}`)
  }
  return gatewayFamily
}

function gatewayLength(gateway: string): number {
  try {
    return addressBytes(gateway).length
  } catch (error) {
    throw error instanceof InvalidValue ? error.under('gateway').toError('nexthop') : error
  }
}

/**
 * Checks an entry and makes a request of it. What the kernel sets by itself and refuses to be told is left out, so
 * that an entry can be written as it was read: the scope, all flags but onlink, the time that a resilient group is
 * unbalanced.
 * @throws {TypeError | RangeError} names the field and its value
 */
export function checkEntry(entry: NexthopEntry): NexthopEntry {
  if (typeof entry !== 'object' || entry === null) {
    throw new TypeError(`nexthop: ${String(entry)} is not an object`)
  }
  if (entry.id !== undefined) checkId(entry.id)
  if (entry.groups !== undefined) throw invalid('groups', 'is a filter for reading', true)
  checkConflicts(entry)
  checkGroup(entry)
  const { scope: _scope, flags, resGroup, ...rest } = entry
  const { unbalancedTime: _unbalancedTime, ...parameters } = resGroup ?? {}
  return {
    ...rest,
    family: familyOf(entry),
    ...(flags === undefined ? {} : { flags: Number.isInteger(flags) ? flags & NexthopFlag.ONLINK : flags }),
    ...(resGroup === undefined ? {} : { resGroup: parameters }),
  }
}
