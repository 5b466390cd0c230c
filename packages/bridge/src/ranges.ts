import { DecodeError } from '@rtnl/netlink-core'

/** The least and the largest number of something that is counted, such as VLANs. */
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

/**
 * Checks a range that the kernel tells.
 * @param offset of the message
 * @throws {DecodeError} there is no such range
 */
export function checkTold(name: string, { least, most }: Numbers, first: number, last: number, offset: number): void {
  if (first >= least && first <= last && last <= most) return
  throw new DecodeError(name, 'entries', offset, `${first} to ${last} is no range in ${least}..${most}`)
}

/**
 * One entry for each number of some ranges, in their order, as the tables hold them.
 * @param name of the entries, for errors: `vlan`
 * @param first the field with the first number of a range, which is the number of an entry
 * @param last the field with the last one; without it a range is one number
 * @param entryOf the entry of a number that stands so far behind the first one of its range; the range itself with the number,
 *   unless told
 * @throws {TypeError | RangeError} a number that there cannot be, a range that is upside down, or one that overlaps another;
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
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new RangeError(`${path}: ${value} is not a whole number in ${least}..${most}`)
}
