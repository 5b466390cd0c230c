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
    /** `AF_INET` (2), `AF_INET6` (10) or `AF_MPLS` (28). */
    family: header(enumerated(u8, AddressFamily)),
    /** Length of `dst`, in bits. */
    dstLen: hidden(u8),
    /** Length of `src`, in bits. */
    srcLen: hidden(u8),
    /** Of IPv4: the route is for packets with this DSCP, in the upper 6 bits (`rtm_tos`); 0: for all. */
    tos: header(u8),
    /** The low 8 bits of `table`. */
    tableByte: hidden(u8),
    /** Who made it (`RTPROT_*`). */
    protocol: header(enumerated(u8, RouteProtocol)),
    /** How far the destination is (`RT_SCOPE_*`), of IPv4; IPv6 has 0. */
    scope: header(enumerated(u8, RouteScope)),
    /** What happens to packets (`RTN_*`). */
    type: header(enumerated(u8, RouteType)),
    /** `RouteFlag` and, where the route has one way, `NexthopFlag`. */
    flags: header(u32),
  },
  attributes: {
    table,
    /** `RTA_DST`: prefix of the destination, `10.0.0.0/8`; of MPLS the label. */
    dst: prefix(RouteAttribute.DST, routeHeader.dstLen, true),
    /** `RTA_SRC`: prefix of the source, of IPv6; absent: from all. */
    src: prefix(RouteAttribute.SRC, routeHeader.srcLen, false),
    /** `RTA_PRIORITY`: metric, of which the lowest wins; absent: 0. */
    priority: attribute(RouteAttribute.PRIORITY, u32),
    /** `RTA_GATEWAY`: IP address; absent: the destination is on the link, or there are several ways. */
    gateway: unlessDerived(single(RouteAttribute.GATEWAY, address)),
    /** `RTA_VIA`: gateway of another family than the route (RFC 5549). */
    via: unlessDerived(via),
    /** `RTA_OIF`: index of the interface that packets leave by. */
    oif: unlessDerived(single(RouteAttribute.OIF, u32)),
    /** `RTA_NEWDST`: labels that take the place of the label of an MPLS route, the outermost first. */
    newdst: attribute(RouteAttribute.NEWDST, labels),
    /** `RTA_PREFSRC`: source address of what this host sends; absent: the kernel chooses it. */
    prefsrc: attribute(RouteAttribute.PREFSRC, address),
    /** `RTA_METRICS`; absent: none. */
    metrics: attribute(RouteAttribute.METRICS, metrics),
    /** `RTA_MULTIPATH`: its ways, where there are several. */
    multipath: unlessDerived(multipath),
    /** `RTA_NH_ID`: id of the nexthop object that it goes by; absent: by its own ways. */
    nhId: attribute(RouteAttribute.NH_ID, u32),
    /** `RTA_ENCAP`: the header that packets get; absent: none. */
    encap: unlessDerived(encapsulation(RouteAttribute.ENCAP, RouteAttribute.ENCAP_TYPE)),
    /** `RTA_ENCAP_TYPE`: which kind of header that is (`LWTUNNEL_ENCAP_*`). */
    encapType: unlessDerived(single(RouteAttribute.ENCAP_TYPE, u16)),
    /** `RTA_PREF`: preference of the router that announced it, of IPv6 (RFC 4191). */
    pref: attribute(RouteAttribute.PREF, enumerated(u8, RouterPreference)),
    /** `RTA_FLOW`, of IPv4: the upper 16 bits are the realm of the source. */
    realms: unlessDerived(single(RouteAttribute.FLOW, u32)),
    expires,
    /** `RTA_TTL_PROPAGATE`, of MPLS: see above. */
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
