import {
  AddressFamily,
  type Composed,
  composed,
  exactSpan,
  familyOfText,
  InvalidValue,
  readAddress,
  showValue,
  Writer,
  writeAddress,
} from '@rtnl/netlink-core'

/**
 * An address and its length in one text, `10.0.0.0/8`. The address is an attribute and the length a byte of the header.
 * The kernel keeps the bits beyond the length as they are given, and shows no prefix of length 0.
 * @param lengthAt offset of the length in `struct fib_rule_hdr`
 */
export function prefix(type: number, lengthAt: number): Composed<string> {
  return composed({
    spans: [exactSpan(type, 4, 16)],
    read(view, start, at = -1, size = 0) {
      return at < 0 ? undefined : `${readAddress(view, at, size)}/${view.getUint8(start + lengthAt)}`
    },
    write(writer, value, start) {
      const at = writer.begin(type)
      writer.setU8(start + lengthAt, writePrefix(writer, value))
      writer.end(at)
    },
  })
}

/** Appends the address of a prefix and returns its length. Throws `InvalidValue`. */
function writePrefix(writer: Writer, text: unknown): number {
  const [, address = '', digits = ''] = typeof text === 'string' ? (/^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []) : []
  if (address === '') throw new InvalidValue(`${showValue(text)} is not a prefix such as 10.0.0.0/8`, true)
  const size = writeAddress(writer, address)
  if (Number(digits) > size * 8) throw new InvalidValue(`${showValue(text)} is longer than ${size * 8} bits`)
  return Number(digits)
}

const scratch = new Writer(16)

/** The text of a prefix as the kernel's would be, and its family. Throws `InvalidValue`. */
export function canonicalPrefix(text: unknown): {
  readonly family: number
  readonly prefix: string
  readonly length: number
} {
  scratch.clear()
  const length = writePrefix(scratch, text)
  const address = readAddress(scratch.view, 0, scratch.length)
  const wide = familyOfText(address) === AddressFamily.INET6
  return { family: wide ? AddressFamily.INET6 : AddressFamily.INET, prefix: `${address}/${length}`, length }
}
