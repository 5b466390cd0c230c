/** @throws {RangeError} no interface can have the index */
export function checkIfindex(name: string, ifindex: number | undefined): void {
  if (ifindex === undefined || (Number.isInteger(ifindex) && ifindex >= 1 && ifindex <= 0x7fffffff)) return
  throw new RangeError(`${name}: ${String(ifindex)} is not a whole number in 1..2147483647`)
}

/** @throws {RangeError} no interface can have the index, or none is given */
export function requireIfindex(name: string, ifindex: number): void {
  if (ifindex === undefined) throw new RangeError(`${name}: is missing`)
  checkIfindex(name, ifindex)
}
