import {
  AddressFamily,
  type Composed,
  composed,
  exactSpan,
  formatIpv4,
  formatIpv6,
  InvalidValue,
  labels,
  largestLabel,
  readAddress,
  showValue,
  Writer,
  writeAddress,
} from '@rtnl/netlink-core'

/** The address of a prefix whose attribute is left out. */
const unspecified = new Map<number, string>([
  [AddressFamily.INET, '0.0.0.0'],
  [AddressFamily.INET6, '::'],
])

/**
 * An address and its length in one text, `10.0.0.0/8`. The address is an attribute and the length a byte of the
 * header; the kernel leaves the attribute out of a prefix that is everything.
 * @param lengthAt offset of the length in `struct rtmsg`
 * @param shown whether a prefix of length 0 is a value; otherwise it is absent
 */
export function prefix(type: number, lengthAt: number, shown: boolean): Composed<string> {
  return composed({
    spans: [exactSpan(type, 4, 16)],
    read(view, header, at = -1, size = 0) {
      if (view.getUint8(header) === AddressFamily.MPLS) return readLabel(view, at, size)
      const length = view.getUint8(header + lengthAt)
      if (length === 0 && !shown) return undefined
      const address = at < 0 ? unspecified.get(view.getUint8(header)) : readAddress(view, at, size)
      return address === undefined ? undefined : `${address}/${length}`
    },
    write(writer, value, header) {
      const start = writer.begin(type)
      const isLabel = writer.view.getUint8(header) === AddressFamily.MPLS
      const length = isLabel ? writeLabel(writer, value) : writePrefix(writer, value)
      writer.setU8(header + lengthAt, length)
      if (length === 0) writer.truncate(start)
      else writer.end(start)
    },
  })
}

/** Bits of a label, before traffic class, end of the stack, and TTL. */
const labelBits = 20

/** The label of an MPLS route. */
function readLabel(view: DataView, at: number, size: number): string | undefined {
  return at < 0 || size !== 4 ? undefined : String(view.getUint32(at) >>> 12)
}

function writeLabel(writer: Writer, text: unknown): number {
  labels.write(writer, [parseLabel(text)])
  return labelBits
}

/** The label that stands in a text. Throws `InvalidValue`. */
export function parseLabel(text: unknown): number {
  if (typeof text !== 'string') throw new InvalidValue(`${showValue(text)} is not a text`, true)
  const label = /^(?:0|[1-9]\d{0,6})$/.test(text) ? Number(text) : Number.NaN
  if (label <= largestLabel) return label
  throw new InvalidValue(`${showValue(text)} is not a label, a whole number in 0..${largestLabel}`)
}

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
 * Appends the address of a prefix and returns its length; nothing is allocated, since there may be a million of them.
 * Throws `InvalidValue`.
 */
export function writePrefix(writer: Writer, text: unknown): number {
  if (typeof text !== 'string') throw new InvalidValue(`${showValue(text)} is not a text`, true)
  const at = slashIn(text)
  const length = lengthIn(text, at)
  if (length < 0) throw new InvalidValue(`${showValue(text)} is not a prefix such as 10.0.0.0/8`, true)
  const start = writer.length
  const size = writeAddress(writer, text, at)
  if (length > size * 8) throw new InvalidValue(`${showValue(text)} is longer than ${size * 8} bits`)
  const { view } = writer
  const partial = length & 7
  let byte = start + (length >> 3)
  if (partial !== 0 && (view.getUint8(byte++) & (0xff >> partial)) !== 0) throw beyond(text)
  for (; byte < start + size; byte++) if (view.getUint8(byte) !== 0) throw beyond(text)
  return length
}

function beyond(text: string): InvalidValue {
  return new InvalidValue(`${showValue(text)} has bits set beyond its length`)
}

const scratch = new Writer(16)

/** Throws `InvalidValue`. */
export function parsePrefix(text: unknown): { bytes: Uint8Array; length: number } {
  scratch.clear()
  const length = writePrefix(scratch, text)
  return { bytes: scratch.bytes().slice(), length }
}

/** The text of a prefix as the kernel's would be, and its family. Throws `InvalidValue`. */
export function canonicalPrefix(text: unknown): { family: number; prefix: string } {
  scratch.clear()
  const length = writePrefix(scratch, text)
  const { view, length: size } = scratch
  return size === 4
    ? { family: AddressFamily.INET, prefix: `${formatIpv4(view, 0)}/${length}` }
    : { family: AddressFamily.INET6, prefix: `${formatIpv6(view, 0)}/${length}` }
}
