import {
  AddressFamily,
  address,
  attribute,
  type Composed,
  composed,
  encapsulation,
  exactSpan,
  formatHardwareAddress,
  hardwareAddress,
  header,
  hidden,
  type Infer,
  InvalidBytes,
  InvalidValue,
  type Kind,
  labels,
  littleEndian,
  message,
  readAddress,
  s32,
  showValue,
  span,
  u8,
  u16,
  u32,
  writeAddress,
} from '@rtnl/netlink-core'
import { RouteAttribute } from './constants.ts'

/** Where a packet goes: the fields that a route with one way has itself, and one with many has for each. */

/** What a hardware address looks like that is a gateway of a label; an IPv6 address has no six groups. */
const ethernetAddress = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i

/** The gateway, where it is of another family than the route (`RTA_VIA`, RFC 5549); that of a label may be on the link itself. */
export const via: Composed<string> = composed({
  // With the families, of 4, 6, 8 and 16 bytes.
  spans: [exactSpan(RouteAttribute.VIA, 6, 8, 10, 18)],
  read(view, _header, at = -1, length = 0) {
    if (at < 0) return undefined
    const isIp = (length === 6 || length === 18) && view.getUint16(at, littleEndian) !== AddressFamily.PACKET
    return isIp ? readAddress(view, at + 2, length - 2) : formatHardwareAddress(view, at + 2, length - 2)
  },
  write(writer, value) {
    const isHardware = typeof value === 'string' && ethernetAddress.test(value)
    const start = writer.begin(RouteAttribute.VIA)
    const family = writer.zeros(2)
    if (isHardware) hardwareAddress.write(writer, value)
    const size = isHardware ? 0 : writeAddress(writer, value)
    writer.setU16(family, isHardware ? AddressFamily.PACKET : size === 4 ? AddressFamily.INET : AddressFamily.INET6)
    writer.end(start)
  },
})

/** `rtnh_hops`, which is one less than the weight. */
const weight: Composed<number> = composed({
  spans: [],
  read: (view, start) => view.getUint8(start + 3) + 1,
  write(writer, value, start) {
    if (!Number.isInteger(value) || value < 1 || value > 256) {
      throw new InvalidValue(`${showValue(value)} is not a whole number in 1..256`, typeof value !== 'number')
    }
    writer.setU8(start + 3, value - 1)
  },
})

/** `struct rtnexthop` and its attributes. */
const hopMessage = message('hop', {
  header: {
    /** Bytes of the hop. */
    length: hidden(u16),
    /** `NexthopFlag`. */
    flags: header(u8),
    /** One less than the weight. */
    hops: hidden(u8),
    /** Index of the interface that packets leave by; 0 for none. */
    oif: header(s32),
  },
  attributes: {
    weight,
    /** `RTA_NEWDST`: labels that take the place of the label, the outermost first. */
    newdst: attribute(RouteAttribute.NEWDST, labels),
    /** `RTA_GATEWAY`: IP address; absent: the destination is on the link. */
    gateway: attribute(RouteAttribute.GATEWAY, address),
    via,
    /** `RTA_ENCAP`: the header that packets get; absent: none. */
    encap: encapsulation(RouteAttribute.ENCAP, RouteAttribute.ENCAP_TYPE),
    /** `RTA_ENCAP_TYPE`: which kind of header that is (`LWTUNNEL_ENCAP_*`). */
    encapType: attribute(RouteAttribute.ENCAP_TYPE, u16),
    /** `RTA_FLOW`, of IPv4: the upper 16 bits are the realm of the source. */
    realms: attribute(RouteAttribute.FLOW, u32),
  },
})

/** One of the ways of a multipath route. `weight` is its share of the traffic in proportion to the others, 1 to 256. */
export type Hop = Infer<typeof hopMessage>

const hopHeader = 8

function readHops(view: DataView, volatile: boolean, start = -1, size = 0): Hop[] | undefined {
  if (start < 0) return undefined
  const hops: Hop[] = []
  const end = start + size
  for (let at = start; at < end; ) {
    const length = end - at < hopHeader ? 0 : view.getUint16(at, littleEndian)
    if (length < hopHeader || length > end - at) {
      throw new InvalidBytes(at, `hop of ${length} bytes with ${end - at} bytes left`)
    }
    hops.push(hopMessage.set.read(view, at, at + length, undefined, volatile))
    at += (length + 3) & ~3
  }
  return hops
}

/** The ways of a multipath route (`RTA_MULTIPATH`), in the order in which the kernel has them. */
export const multipath: Composed<Hop[]> = composed({
  spans: [span(RouteAttribute.MULTIPATH, 0, 0xffff)],
  read: (view, _header, start, size) => readHops(view, true, start, size),
  readStable: (view, _header, start, size) => readHops(view, false, start, size),
  write(writer, hops) {
    if (!Array.isArray(hops)) throw new InvalidValue(`${showValue(hops)} is not an array of hops`, true)
    if (hops.length === 0) throw new InvalidValue('a multipath route has at least one hop')
    const start = writer.begin(RouteAttribute.MULTIPATH)
    for (const [index, hop] of hops.entries()) {
      const at = writer.length
      try {
        hopMessage.set.write(writer, hop)
      } catch (error) {
        throw error instanceof InvalidValue ? error.under(index) : error
      }
      writer.setU16(at, writer.length - at)
    }
    writer.end(start)
  },
})

const nexthopId = { ...exactSpan(RouteAttribute.NH_ID, 4), readOnly: true }

/**
 * A field that the kernel derives where the route has a nexthop id: the route carries the id and not what may change
 * with it (`nexthop_compat_mode`).
 */
export function unlessDerived<T>(field: Composed<T>): Composed<T> {
  const place = field.spans.length * 2
  const { readStable } = field
  return composed({
    spans: [...field.spans, nexthopId],
    read: (view, start, ...spans) => (spans[place]! >= 0 ? undefined : field.read(view, start, ...spans)),
    ...(readStable === undefined
      ? {}
      : {
          readStable: (view, start, ...spans) => (spans[place]! >= 0 ? undefined : readStable(view, start, ...spans)),
        }),
    write: field.write,
    patch: field.patch,
  })
}

/** An attribute as a composed field. */
export function single<T>(type: number, kind: Kind<T>): Composed<T> {
  return composed({
    spans: [exactSpan(type, ...(kind.lengths ?? [kind.minimum]))],
    read: (view, _header, at = -1, length = 0) => (at < 0 ? undefined : kind.read(view, at, length)),
    write(writer, value) {
      const start = writer.begin(type)
      kind.write(writer, value)
      writer.end(start)
    },
    patch: kind.patch,
  })
}
