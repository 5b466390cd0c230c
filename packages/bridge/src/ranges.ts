import { checkNumber, DecodeError } from '@rtnl/netlink-core'

/** The bounds of a kind of numbers, such as VLANs. */
export interface Numbers {
  readonly least: number
  readonly most: number
}

/** VLANs of 802.1Q: 0 and 4095 are reserved. */
export const vlanNumbers: Numbers = { least: 1, most: 4094 }

/** Ids of tunnels have 24 bits, and 0 is none. */
export const tunnelNumbers: Numbers = { least: 1, most: 0xffffff }

/** VNIs of a vxlan have 24 bits, and 0 is none. */
export const vniNumbers: Numbers = { least: 1, most: 0xffffff }

/** A range in a message of the kernel. */
export interface ReceivedRange {
  readonly first: number
  readonly last: number
}

/**
 * Checks the ranges in a message of the kernel. The kernel shows each number of an interface once. So a message has no more
 * entries than there are numbers, whatever its bytes are.
 * @param offset of the message
 * @throws {DecodeError} a range is empty, out of bounds, or overlaps another one
 */
export function checkReceived(
  name: string,
  { least, most }: Numbers,
  ranges: readonly ReceivedRange[],
  offset: number,
): void {
  const refuse = (text: string): never => {
    throw new DecodeError(name, 'entries', offset, text)
  }
  for (const { first, last } of ranges) {
    if (first < least || first > last || last > most) refuse(`${first} to ${last} is no range in ${least}..${most}`)
  }
  const ascending = [...ranges].sort((left, right) => left.first - right.first)
  let before: ReceivedRange | undefined
  for (const range of ascending) {
    if (before !== undefined && range.first <= before.last) {
      refuse(`${before.first} to ${before.last} and ${range.first} to ${range.last} overlap`)
    }
    before = range
  }
}

/**
 * Returns one entry for each number of the ranges, in their order, as the tables hold them.
 * @param name of the entries, for errors: `vlan`
 * @param first the field with the first number of a range, which is the number of an entry
 * @param last the field with the last one; without it a range is one number
 * @param entryOf returns the entry of a number, given its distance from the first number of its range. Default: the range with
 *   the number
 * @throws {TypeError | RangeError} an impossible number, a range whose end is below its begin, or a range that overlaps another;
 *   names the place, the field and its value
 */
export function expanded<Range extends { readonly ifindex?: unknown }>(
  name: string,
  numbers: Numbers,
  ranges: Iterable<Range>,
  { first, last }: { readonly first: keyof Range & string; readonly last: keyof Range & string },
  entryOf: (entry: Range, more: number, path: string) => Range = (entry) => entry,
): Range[] {
  const entries: Range[] = []
  /** Where each number was, on each interface. */
  const places = new Map<unknown, Map<number, number>>()
  let place = 0
  for (const range of ranges) {
    const path = `${name}[${place}]`
    const begin = checkedNumber(range[first], `${path}.${first}`, numbers)
    const end = range[last] === undefined ? begin : checkedNumber(range[last], `${path}.${last}`, numbers)
    if (end < begin) throw new RangeError(`${path}.${last}: ${end} is less than ${begin}, with which the range begins`)
    const known = places.get(range.ifindex) ?? new Map<number, number>()
    places.set(range.ifindex, known)
    const { [last]: _, ...rest } = range
    for (let number = begin; number <= end; number++) {
      const other = known.get(number)
      if (other !== undefined) throw new RangeError(`${path}.${first}: ${number} is in ${name}[${other}] already`)
      known.set(number, place)
      entries.push(entryOf({ ...rest, [first]: number } as unknown as Range, number - begin, path))
    }
    place++
  }
  return entries
}

/** @throws {TypeError | RangeError} there is no such number */
export function checkedNumber(value: unknown, path: string, { least, most }: Numbers): number {
  if (typeof value !== 'number') throw new TypeError(`${path}: ${String(value)} is not a number`)
  checkNumber(path, value, least, most)
  return value
}
