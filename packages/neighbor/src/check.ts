import { AddressFamily, familyOfText } from '@rtnl/netlink-core'

/** Families of neighbours: ARP and ND. */
export type NeighborFamily = typeof AddressFamily.INET | typeof AddressFamily.INET6

const families: readonly NeighborFamily[] = [AddressFamily.INET, AddressFamily.INET6]

/**
 * The families that a filter leaves.
 * @throws {RangeError} the family has no neighbours
 */
export function familiesOf(family: number | undefined): readonly NeighborFamily[] {
  const left = families.filter((known) => family === undefined || known === family)
  if (left.length === 0) throw new RangeError(`family: ${String(family)} is not 2 (IPv4) or 10 (IPv6)`)
  return left
}

/** @throws {TypeError} the address is no text */
export function familyOfAddress(dst: unknown): NeighborFamily {
  if (typeof dst !== 'string') throw new TypeError(`neighbor.dst: ${String(dst)} is not an address`)
  return familyOfText(dst)
}
