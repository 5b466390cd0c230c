import { AddressFamily, addressBytes, formatIpv4, formatIpv6, InvalidValue, RouteScope } from '@rtnl/netlink-core'
import { checkEntry, checkId, type NexthopEntry } from '../check.ts'
import { NexthopGroupType } from '../constants.ts'
import type { Nexthop } from '../message.ts'

/** Which nexthops are ours. */
export interface NexthopOwnership {
  /** Routing protocol (`RTPROT_*`). */
  readonly protocol: number
}

function invalid(field: keyof Nexthop, problem: string, wrongType = false): Error {
  return new InvalidValue(problem, wrongType).under(field).toError('nexthop')
}

/** `checkEntry` has seen that it is an address. */
function canonicalGateway(gateway: string): string {
  const bytes = addressBytes(gateway)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return bytes.length === 4 ? formatIpv4(view, 0) : formatIpv6(view, 0)
}

/** The kernel sets it by itself: whether what the nexthop leads to is on the link. */
function scopeOf({ family, gateway, group, blackhole }: NexthopEntry): number {
  if (group !== undefined || blackhole !== undefined) return RouteScope.UNIVERSE
  return gateway === undefined && family === AddressFamily.INET ? RouteScope.HOST : RouteScope.LINK
}

/**
 * Checks a nexthop or group and brings it into the form in which the kernel shows it. What only the kernel sets is left
 * out, so that one can be written as it was read.
 * @throws {TypeError | RangeError} names the field and its value
 */
export function normalizeNexthop(entry: NexthopEntry, { protocol }: NexthopOwnership): Nexthop {
  const checked = checkEntry(entry)
  if (checked.id === undefined) throw invalid('id', 'is missing', true)
  checkId(checked.id)
  if (checked.protocol !== undefined && checked.protocol !== protocol) {
    throw invalid('protocol', `${String(checked.protocol)} is not ${protocol}, which marks nexthops of ours`)
  }
  const { oif, gateway, group, groupType, flags = 0, family = AddressFamily.UNSPEC, ...rest } = checked
  if (oif !== undefined && (!Number.isInteger(oif) || oif < 1)) {
    throw invalid('oif', `${String(oif)} is no interface index`, typeof oif !== 'number')
  }
  return {
    ...rest,
    family,
    scope: scopeOf(checked),
    protocol,
    flags,
    ...(oif === undefined ? {} : { oif }),
    ...(gateway === undefined ? {} : { gateway: canonicalGateway(gateway) }),
    ...(group === undefined ? {} : { group, groupType: groupType ?? NexthopGroupType.MPATH }),
  }
}
