import { AddressFamily } from '../rtnetlink.ts'

/**
 * Parses addresses, a hot path of writing: the bytes go where they belong, and nothing is allocated.
 * What is no address leaves any bytes there.
 */

const dot = 0x2e
const colon = 0x3a
const zero = 0x30

/**
 * Writes the four bytes of an IPv4 address: four decimal numbers without leading zeros.
 * @param from where the address begins in the text
 * @param to where it ends
 * @returns whether the text is one
 */
export function parseIpv4Into(view: DataView, at: number, text: string, to = text.length, from = 0): boolean {
  let written = 0
  let number = -1
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index)
    if (code === dot) {
      if (number < 0 || written === 3) return false
      view.setUint8(at + written, number)
      written++
      number = -1
      continue
    }
    const digit = code - zero
    // A number that is 0 by now has a leading zero.
    if (digit < 0 || digit > 9 || number === 0) return false
    number = number < 0 ? digit : number * 10 + digit
    if (number > 255) return false
  }
  if (written !== 3 || number < 0) return false
  view.setUint8(at + 3, number)
  return true
}

/**
 * Writes the bytes of an address of either family.
 * @param length 4 or 16, the only number of bytes that it may have
 * @param to where the address ends in the text
 * @returns whether the text is one
 */
export function parseAddressInto(view: DataView, at: number, length: number, text: string, to?: number): boolean {
  if (familyOfText(text) === AddressFamily.INET6) return length === 16 && parseIpv6Into(view, at, text, to)
  return length === 4 && parseIpv4Into(view, at, text, to)
}

/** Behind how many characters the first colon of an IPv6 address stands at most. */
const digitsOfGroup = 4

/** The family of an address or prefix, if the text is one at all: `AF_INET6` with a colon, otherwise `AF_INET`. */
export function familyOfText(text: string): typeof AddressFamily.INET | typeof AddressFamily.INET6 {
  for (let index = 0; index <= digitsOfGroup; index++) {
    if (text.charCodeAt(index) === colon) return AddressFamily.INET6
  }
  return AddressFamily.INET
}

function hexDigit(code: number): number {
  if (code >= zero && code < zero + 10) return code - zero
  const letter = (code | 0x20) - 0x61
  return letter >= 0 && letter < 6 ? letter + 10 : -1
}

/**
 * Writes the sixteen bytes of an IPv6 address. A zone (`%eth0`) is refused, since the kernel takes it as a separate
 * interface index.
 * @param to where the address ends in the text
 * @returns whether the text is one
 */
export function parseIpv6Into(view: DataView, at: number, text: string, to = text.length): boolean {
  let groups = 0
  /** How many groups stand before the `::`. */
  let gap = -1
  let index = 0
  if (to > 1 && text.startsWith('::')) {
    gap = 0
    index = 2
  }
  while (index < to) {
    const begin = index
    let value = 0
    for (; index < to; index++) {
      const digit = hexDigit(text.charCodeAt(index))
      if (digit < 0) break
      value = value * 16 + digit
    }
    const code = text.charCodeAt(index)
    if (index < to && code === dot) {
      if (groups > 6 || !parseIpv4Into(view, at + groups * 2, text, to, begin)) return false
      groups += 2
      break
    }
    const digits = index - begin
    if (digits === 0 || digits > 4 || groups === 8) return false
    view.setUint16(at + groups * 2, value)
    groups++
    if (index === to) break
    if (code !== colon) return false
    index++
    if (index < to && text.charCodeAt(index) === colon) {
      if (gap >= 0) return false
      gap = groups
      index++
    } else if (index === to) {
      return false
    }
  }
  if (gap < 0) return groups === 8
  if (groups === 8) return false
  // What stands behind the `::` belongs to the end.
  const behind = groups - gap
  for (let group = 1; group <= behind; group++) {
    view.setUint16(at + (8 - group) * 2, view.getUint16(at + (groups - group) * 2))
  }
  for (let group = gap; group < 8 - behind; group++) view.setUint16(at + group * 2, 0)
  return true
}
