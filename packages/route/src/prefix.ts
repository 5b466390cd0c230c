import {
  AddressFamily,
  type Composed,
  composed,
  exactSpan,
  InvalidValue,
  labels,
  largestLabel,
  parsePrefixInto,
  readAddress,
  showValue,
  Writer,
  writePrefix,
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
      const length = isLabel ? writeLabel(writer, value) : writeRoutePrefix(writer, value)
      writer.setU8(header + lengthAt, length)
      if (length === 0) writer.truncate(start)
      else writer.end(start)
    },
    patch(view, at, size, value, header) {
      const length = typeof value === 'string' ? parsePrefixInto(view, at, size, value) : -1
      if (length <= 0 || hasBitsBeyond(view, at, size, length)) return false
      view.setUint8(header + lengthAt, length)
      return true
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
function parseLabel(text: unknown): number {
  if (typeof text !== 'string') throw new InvalidValue(`${showValue(text)} is not a text`, true)
  const label = /^(?:0|[1-9]\d{0,6})$/.test(text) ? Number(text) : Number.NaN
  if (label <= largestLabel) return label
  throw new InvalidValue(`${showValue(text)} is not a label, a whole number in 0..${largestLabel}`)
}

/**
 * Appends the address of the prefix of a route and returns its length. Throws `InvalidValue`, also for bits beyond the
 * length, which the kernel refuses.
 */
export function writeRoutePrefix(writer: Writer, text: unknown): number {
  const start = writer.length
  const length = writePrefix(writer, text)
  if (!hasBitsBeyond(writer.view, start, writer.length - start, length)) return length
  throw new InvalidValue(`${showValue(text)} has bits set beyond its length`)
}

/** Whether an address of `size` bytes has bits set beyond a length in bits. */
function hasBitsBeyond(view: DataView, start: number, size: number, length: number): boolean {
  const partial = length & 7
  let byte = start + (length >> 3)
  if (partial !== 0 && (view.getUint8(byte++) & (0xff >> partial)) !== 0) return true
  for (; byte < start + size; byte++) if (view.getUint8(byte) !== 0) return true
  return false
}

/** Throws `InvalidValue`. */
export function parsePrefix(text: unknown): { bytes: Uint8Array; length: number } {
  const writer = new Writer(16)
  const length = writeRoutePrefix(writer, text)
  return { bytes: writer.bytes().slice(), length }
}
