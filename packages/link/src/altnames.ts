import {
  type Composed,
  composed,
  formatString,
  InvalidBytes,
  InvalidValue,
  littleEndian,
  showValue,
  span,
} from '@rtnl/netlink-core'
import { LinkAttribute } from './constants.ts'

/** Other names of a link (`IFLA_PROP_LIST`): a list that repeats one attribute. Absent where there are none. */
export const altnames: Composed<string[]> = composed({
  spans: [span(LinkAttribute.PROP_LIST, 0, 0xffff)],
  read(view, _header, start = -1, length = 0) {
    if (start < 0) return undefined
    const names: string[] = []
    for (let at = start; at < start + length; ) {
      const left = start + length - at
      const size = left < 4 ? 0 : view.getUint16(at, littleEndian)
      if (size < 4 || size > left) throw new InvalidBytes(at, `attribute length ${size} with ${left} bytes left`)
      const type = view.getUint16(at + 2, littleEndian) & 0x3fff
      if (type === LinkAttribute.ALT_IFNAME) names.push(formatString(view, at + 4, size - 4))
      at += (size + 3) & ~3
    }
    return names
  },
  write(writer, names) {
    if (!Array.isArray(names)) throw new InvalidValue(`${showValue(names)} is not an array of names`, true)
    const list = writer.begin(LinkAttribute.PROP_LIST, true)
    for (const [index, name] of names.entries()) {
      const bytes = typeof name === 'string' ? new TextEncoder().encode(name) : undefined
      // `ALTIFNAMSIZ` is 128, with the NUL.
      if (bytes === undefined || bytes.length === 0 || bytes.length > 127 || bytes.includes(0)) {
        const problem = `${showValue(name)} is not a name of 1 to 127 bytes without a NUL`
        throw new InvalidValue(problem, bytes === undefined).under(index)
      }
      const at = writer.begin(LinkAttribute.ALT_IFNAME)
      writer.raw(bytes)
      writer.u8(0)
      writer.end(at)
    }
    writer.end(list)
  },
})
