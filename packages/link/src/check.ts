import { checkNumber } from '@rtnl/netlink-core'

/** `ifi_index` is an int. */
const largestIndex = 0x7fffffff

/** @throws {RangeError} no interface can have the index */
export function checkIfindex(name: string, ifindex: number | undefined): void {
  if (ifindex !== undefined) checkNumber(name, ifindex, 1, largestIndex)
}

/** @throws {RangeError} no interface can have the index, or none is given */
export function requireIfindex(name: string, ifindex: number): void {
  if (ifindex === undefined) throw new RangeError(`${name}: is missing`)
  checkIfindex(name, ifindex)
}
