import {
  AddressFamily,
  address,
  attribute,
  type Composed,
  composed,
  encapsulation,
  enumerated,
  exactSpan,
  header,
  hidden,
  type Infer,
  InvalidValue,
  labels,
  littleEndian,
  message,
  RouteProtocol,
  RouteScope,
  showValue,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import { RouteAttribute, RouterPreference, RouteTableId, RouteType } from './constants.ts'
import { multipath, single, unlessDerived, via } from './hop.ts'
import { metrics } from './metrics.ts'
import { prefix } from './prefix.ts'

/** Offsets in `struct rtmsg`. */
export const routeHeader = { family: 0, dstLen: 1, srcLen: 2, tos: 3, table: 4, flags: 8, size: 12 } as const

/**
 * The routing table: 32 bits in `RTA_TABLE`, which the kernel always sends. The header has only 8 bits for it, and has
 * `RT_TABLE_COMPAT` for a larger id. Requests have the table in the same form.
 */
const table: Composed<number> = composed({
  spans: [exactSpan(RouteAttribute.TABLE, 4)],
  read: (view, start, at = -1) =>
    at < 0 ? view.getUint8(start + routeHeader.table) : view.getUint32(at, littleEndian),
  write(writer, value, header) {
    const start = writer.begin(RouteAttribute.TABLE)
    u32.write(writer, value)
    writer.end(start)
    writer.setU8(header + routeHeader.table, value > 0xff ? RouteTableId.COMPAT : value)
  },
})

/** Clock ticks a second in numbers that the kernel sends to programs (`USER_HZ`). */
const ticksPerSecond = 100
const expiresInCacheInfo = 8

/** Seconds until an IPv6 route expires; below 0 until the kernel has removed it. Absent for a route that stays. */
const expires: Composed<number> = composed({
  volatile: true,
  presence: { offset: expiresInCacheInfo },
  spans: [{ ...exactSpan(RouteAttribute.CACHEINFO, 32), readOnly: true }, exactSpan(RouteAttribute.EXPIRES, 4)],
  read(view, _header, at = -1) {
    const ticks = at < 0 ? 0 : view.getInt32(at + expiresInCacheInfo, littleEndian)
    return ticks === 0 ? undefined : Math.trunc(ticks / ticksPerSecond)
  },
  write(writer, value) {
    if (!Number.isInteger(value) || value < 1) {
      throw new InvalidValue(`${showValue(value)} is not a number of seconds`, typeof value !== 'number')
    }
    const start = writer.begin(RouteAttribute.EXPIRES)
    u32.write(writer, value)
    writer.end(start)
  },
})

/** `struct rtmsg` and the attributes of a route. */
export const routeDeclaration = {
  header: {
    family: header(enumerated(u8, AddressFamily)),
    dstLen: hidden(u8),
    srcLen: hidden(u8),
    tos: header(u8),
    tableByte: hidden(u8),
    protocol: header(enumerated(u8, RouteProtocol)),
    scope: header(enumerated(u8, RouteScope)),
    type: header(enumerated(u8, RouteType)),
    flags: header(u32),
  },
  attributes: {
    table,
    dst: prefix(RouteAttribute.DST, routeHeader.dstLen, true),
    src: prefix(RouteAttribute.SRC, routeHeader.srcLen, false),
    priority: attribute(RouteAttribute.PRIORITY, u32),
    gateway: unlessDerived(single(RouteAttribute.GATEWAY, address)),
    via: unlessDerived(via),
    oif: unlessDerived(single(RouteAttribute.OIF, u32)),
    newdst: attribute(RouteAttribute.NEWDST, labels),
    prefsrc: attribute(RouteAttribute.PREFSRC, address),
    metrics: attribute(RouteAttribute.METRICS, metrics),
    multipath: unlessDerived(multipath),
    nhId: attribute(RouteAttribute.NH_ID, u32),
    encap: unlessDerived(encapsulation(RouteAttribute.ENCAP, RouteAttribute.ENCAP_TYPE)),
    encapType: unlessDerived(single(RouteAttribute.ENCAP_TYPE, u16)),
    pref: attribute(RouteAttribute.PREF, enumerated(u8, RouterPreference)),
    realms: unlessDerived(single(RouteAttribute.FLOW, u32)),
    expires,
    ttlPropagate: attribute(RouteAttribute.TTL_PROPAGATE, u8),
  },
} as const

/** The message of a route (linux/rtnetlink.h). */
export const routeMessage = message('route', routeDeclaration)

/**
 * A route as the kernel reports it. Of an MPLS route `dst` is the label, `newdst` are the labels that take its place, and
 * `ttlPropagate` says whether the TTL of the label is that of the packet inside (1) or not (0).
 */
export type Route = Infer<typeof routeMessage>
