import { type Composed, composed, exactSpan, readAddress, writePrefix } from '@rtnl/netlink-core'

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
