import { AddressFamily } from '../rtnetlink.ts'
import { InvalidValue, show } from './invalid.ts'
import { parseAddressInto } from './parse-address.ts'
import { readAddress, writeAddress } from './values.ts'
import { Writer } from './writer.ts'

const slash = 0x2f
const zero = 0x30
/** Digits of a length at most. */
const mostDigits = 3

/** The place of the slash, or -1 where it would stand too far from the end. */
function slashIn(text: string): number {
  for (let at = text.length - 1; at >= text.length - 1 - mostDigits; at--) if (text.charCodeAt(at) === slash) return at
  return -1
}

/** The length behind the slash, or -1. */
function lengthIn(text: string, at: number): number {
  if (at < 1 || at === text.length - 1) return -1
  let length = 0
  // `010` may be meant as 8.
  if (text.charCodeAt(at + 1) === zero && text.length > at + 2) return -1
  for (let index = at + 1; index < text.length; index++) {
    const digit = text.charCodeAt(index) - zero
    if (digit < 0 || digit > 9) return -1
    length = length * 10 + digit
  }
  return length
}

/**
 * Appends the 4 or 16 bytes of the address of a prefix such as `10.0.0.0/8`, with the bits beyond the length as they are
 * written. Nothing is allocated, since there may be a million of them.
 * @returns the length in bits
 * @throws {InvalidValue} the text is no prefix
 */
export function writePrefix(writer: Writer, text: unknown): number {
  if (typeof text !== 'string') throw new InvalidValue(`${show(text)} is not a text`, true)
  const at = slashIn(text)
  const length = lengthIn(text, at)
  if (length < 0) throw new InvalidValue(`${show(text)} is not a prefix such as 10.0.0.0/8`, true)
  const size = writeAddress(writer, text, at)
  if (length > size * 8) throw new InvalidValue(`${show(text)} is longer than ${size * 8} bits`)
  return length
}

/**
 * Writes the bytes of the address of a prefix, with the bits beyond the length as they are written.
 * @param size 4 or 16, the only number of bytes that the address may have
 * @returns the length in bits, or -1 if the text is no such prefix
 */
export function parsePrefixInto(view: DataView, offset: number, size: number, text: string): number {
  const at = slashIn(text)
  const length = lengthIn(text, at)
  return length >= 0 && length <= size * 8 && parseAddressInto(view, offset, size, text, at) ? length : -1
}

/** A prefix as the kernel would show it. */
export interface CanonicalPrefix {
  /** `AF_INET` or `AF_INET6`. */
  readonly family: number
  /** The text: `10.0.0.0/8`. */
  readonly prefix: string
  /** In bits. */
  readonly length: number
}

const scratch = new Writer(16)

/**
 * Returns the one text of a prefix: `10.0.0.0/8`, `2001:db8::/32`.
 * @param write appends the address and returns the length, or throws. Default: `writePrefix`
 * @throws {InvalidValue} the text is no prefix
 */
export function canonicalPrefix(
  text: unknown,
  write: (writer: Writer, text: unknown) => number = writePrefix,
): CanonicalPrefix {
  scratch.clear()
  const length = write(scratch, text)
  const size = scratch.length
  return {
    family: size === 4 ? AddressFamily.INET : AddressFamily.INET6,
    prefix: `${readAddress(scratch.view, 0, size)}/${length}`,
    length,
  }
}
