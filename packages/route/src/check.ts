import { AddressFamily, checkNumber } from '@rtnl/netlink-core'

/** Checks of what callers pick routes by. */

export type RouteFamily = typeof AddressFamily.INET | typeof AddressFamily.INET6 | typeof AddressFamily.MPLS

const bothFamilies: readonly RouteFamily[] = [AddressFamily.INET, AddressFamily.INET6]
const allFamilies: readonly RouteFamily[] = [...bothFamilies, AddressFamily.MPLS]

/**
 * The families that are meant: those of IP, unless one is named.
 * @throws {RangeError} there are no routes of the family
 */
export function familiesOf(family: number | undefined): readonly RouteFamily[] {
  if (family === undefined) return bothFamilies
  const meant = allFamilies.filter((known) => known === family)
  if (meant.length === 0) throw new RangeError(`family: ${String(family)} is not 2 (IPv4), 10 (IPv6) or 28 (MPLS)`)
  return meant
}

/** @throws {RangeError} no routing table can have the id */
export function checkTable(table: number | undefined): void {
  if (table !== undefined) checkNumber('table', table, 1, 0xffffffff)
}

/** @throws {RangeError} there can be no such routing protocol */
export function checkProtocol(protocol: number | undefined): void {
  if (protocol !== undefined) checkNumber('protocol', protocol, 0, 0xff)
}
