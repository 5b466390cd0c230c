import { AddressFamily } from '../rtnetlink.ts'
import { InvalidBytes, InvalidValue, show } from './invalid.ts'
import type { Kind } from './kind.ts'
import { familyOfText, parseAddressInto, parseIpv4Into, parseIpv6Into } from './parse-address.ts'
import {
  formatHardwareAddress,
  formatHex,
  formatIpv4,
  formatIpv6,
  formatString,
  parseAddress,
  parseHardwareAddress,
  parseHex,
  parseString,
} from './text.ts'
import type { Writer } from './writer.ts'

/** Attribute values that are not plain numbers. */

function text<T extends string>(value: T, parse: (text: string) => Uint8Array | undefined, what: string): Uint8Array {
  if (typeof value !== 'string') throw new InvalidValue(`${show(value)} is not a text`, true)
  const bytes = parse(value)
  if (bytes === undefined) throw new InvalidValue(`${show(value)} is not ${what}`, true)
  return bytes
}

/** The text of an IPv4 (4 bytes) or IPv6 (16 bytes) address. */
export function readAddress(view: DataView, offset: number, length: number): string {
  if (length === 4) return formatIpv4(view, offset)
  if (length === 16) return formatIpv6(view, offset)
  throw new InvalidBytes(offset, `an address has 4 or 16 bytes, not ${length}`)
}

const anAddress = 'an IPv4 or IPv6 address'

/** The bytes of an address for writing; throws `InvalidValue` for a text that is none. */
export function addressBytes(value: string): Uint8Array {
  return text(value, parseAddress, anAddress)
}

/**
 * Appends the 4 or 16 bytes of an address, without an array in between; throws `InvalidValue` for a text that is none.
 * @param end where the address ends in the text, which goes on behind it
 * @returns how many bytes that were
 */
export function writeAddress(writer: Writer, value: string, end?: number): number {
  if (typeof value !== 'string') throw new InvalidValue(`${show(value)} is not a text`, true)
  const wide = familyOfText(value) === AddressFamily.INET6
  const length = wide ? 16 : 4
  const at = writer.zeros(length)
  if (!(wide ? parseIpv6Into : parseIpv4Into)(writer.view, at, value, end)) {
    throw new InvalidValue(`${show(value.slice(0, end))} is not ${anAddress}`, true)
  }
  return length
}

/** Whether all bytes of an address are 0. */
function isZero(view: DataView, offset: number, length: number): boolean {
  for (let at = offset; at < offset + length; at += 4) if (view.getUint32(at) !== 0) return false
  return true
}

/** An IPv4 or IPv6 address as canonical text; its length on the wire decides the family. */
export const address: Kind<string> = {
  name: 'address',
  minimum: 4,
  maximum: 16,
  lengths: [4, 16],
  total: true,
  read: readAddress,
  write(writer, value) {
    writeAddress(writer, value)
  },
  patch: (view, offset, length, value) =>
    typeof value === 'string' && parseAddressInto(view, offset, length, value) && !isZero(view, offset, length),
}

/** A hardware (link layer) address of 1 to 32 bytes (`MAX_ADDR_LEN`), `02:00:00:00:00:01`. */
export const hardwareAddress: Kind<string> = {
  name: 'hardware address',
  minimum: 1,
  maximum: 32,
  total: true,
  read: formatHardwareAddress,
  write(writer, value) {
    const bytes = text(value, parseHardwareAddress, 'a hardware address such as 02:00:00:00:00:01')
    if (bytes.length > 32) throw new InvalidValue('a hardware address has at most 32 bytes')
    writer.raw(bytes)
  },
}

/** Bytes of any meaning, as a text of hex digits. */
export const hex: Kind<string> = {
  name: 'bytes',
  minimum: 0,
  maximum: 0xffff,
  total: true,
  read: formatHex,
  write: (writer, value) => writer.raw(text(value, parseHex, 'an even number of hex digits')),
}

/**
 * A text with a terminating NUL.
 * @param most the most bytes that the kernel takes, without the NUL
 */
export function string(most: number): Kind<string> {
  return {
    name: 'text',
    minimum: 0,
    maximum: 0xffff,
    total: true,
    read: formatString,
    write(writer, value) {
      const bytes = text(value, parseString, 'a text')
      if (bytes.length > most) throw new InvalidValue(`${show(value)} is longer than ${most} bytes`)
      if (bytes.includes(0)) throw new InvalidValue(`${show(value)} has a NUL in it`)
      writer.raw(bytes)
      writer.u8(0)
    },
  }
}

/** An attribute that says something by being there. */
export const presence: Kind<true> = {
  name: 'flag',
  minimum: 0,
  maximum: 0xffff,
  total: true,
  read: () => true,
  write(_writer: Writer, value: unknown) {
    if (value !== true) throw new InvalidValue(`${show(value)} is not true; leave a flag out to clear it`, true)
  },
}
