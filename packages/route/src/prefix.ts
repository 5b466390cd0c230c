import {
  AddressFamily,
  addressBytes,
  type Composed,
  composed,
  exactSpan,
  InvalidValue,
  readAddress,
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
      const length = view.getUint8(header + lengthAt)
      if (length === 0 && !shown) return undefined
      const address = at < 0 ? unspecified.get(view.getUint8(header)) : readAddress(view, at, size)
      return address === undefined ? undefined : `${address}/${length}`
    },
    write(writer, value, header) {
      const { bytes, length } = parsePrefix(value)
      writer.setU8(header + lengthAt, length)
      if (length === 0) return
      const start = writer.begin(type)
      writer.raw(bytes)
      writer.end(start)
    },
  })
}

/** Throws `InvalidValue`. */
export function parsePrefix(text: unknown): { bytes: Uint8Array; length: number } {
  if (typeof text !== 'string') throw new InvalidValue(`${String(text)} is not a text`, true)
  const [, address = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  if (digits === '') throw new InvalidValue(`${JSON.stringify(text)} is not a prefix such as 10.0.0.0/8`, true)
  const bytes = addressBytes(address)
  const length = Number(digits)
  if (length > bytes.length * 8) {
    throw new InvalidValue(`${JSON.stringify(text)} is longer than ${bytes.length * 8} bits`)
  }
  for (let bit = length; bit < bytes.length * 8; bit++) {
    if ((bytes[bit >> 3]! & (0x80 >> (bit & 7))) !== 0) {
      throw new InvalidValue(`${JSON.stringify(text)} has bits set beyond its length`)
    }
  }
  return { bytes, length }
}
