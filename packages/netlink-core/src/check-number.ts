/**
 * Checks an argument that has to be a whole number in a range.
 * @param name the argument, for the error
 * @throws {RangeError} anything else, `undefined` included
 */
export function checkNumber(name: string, value: unknown, least: number, most: number): asserts value is number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return
  throw new RangeError(`${name}: ${String(value)} is not a whole number in ${least}..${most}`)
}
