import {
  checkKey,
  type EntryKey,
  LiveTable,
  type LiveTableOptions,
  openTableAs,
  type TablePlace,
} from '@rtnl/live-table'
import { AddressFamily, familyOfText } from '@rtnl/netlink-core'
import { checkProtocol } from './check.ts'
import { RouteTableId } from './constants.ts'
import { defineRoutes, type RoutePart } from './definition.ts'
import type { Route } from './message.ts'

/** Which routes a table shows. What is left out does not matter. */
export interface RouteFilter extends RoutePart {
  /** Only routes of this routing protocol (`RTPROT_*`). */
  readonly protocol?: number | undefined
}

/**
 * A key of routes: the prefix (`10.0.0.0/8`; `0.0.0.0/0` and `::/0` are the default routes) or label (`100`) as `dst` and, where they
 * differ from the defaults, `table` (main), `priority` (none for IPv4, 1024 for IPv6), `tos` and `src`. A route is its own key.
 */
export type RouteKey = EntryKey<Route, 'dst', 'table' | 'priority' | 'tos' | 'src'>

/** The label of an MPLS route has neither dots nor colons. */
function isLabel(dst: string): boolean {
  return /^\d+$/.test(dst)
}

/** What the kernel makes of an IPv6 route without a metric (`IP6_RT_PRIO_USER`). */
const defaultIpv6Priority = 1024

/**
 * The routes of a namespace, live. Routes with the same key stand in the kernel's order; a packet takes the first one.
 */
export class RouteTable extends LiveTable<Route> {
  /** Use `RouteTable.open`. */
  constructor(place: TablePlace<Route>, protocol?: number) {
    super(place, protocol === undefined ? undefined : (route) => route.protocol === protocol)
  }

  /**
   * Opens the table; resolves once it has been read. With `table` or `family` it reads and holds that part only. It holds
   * routes of other protocols without showing them, since the effect of a message on a list depends on all its routes.
   * @throws {RangeError} the filter names an impossible family, table or protocol
   * @throws as `openTable` of `@rtnl/live-table`
   */
  static async open(options: LiveTableOptions & RouteFilter = {}): Promise<RouteTable> {
    const { family, table, protocol, ...rest } = options
    checkProtocol(protocol)
    return openTableAs(defineRoutes({ family, table }), (place) => new RouteTable(place, protocol), rest)
  }

  /**
   * The first route to a prefix, or `undefined`. See `list`.
   * @throws {TypeError | RangeError} the key has no prefix, or a field that does not fit
   */
  override get(key: RouteKey): Route | undefined {
    return this.list(key)[0]
  }

  /**
   * The routes to a prefix with the same table, tos and priority, in the kernel's order.
   * @throws {TypeError | RangeError} the key has no prefix, or a field that does not fit
   */
  override list(key: RouteKey): Route[] {
    checkKey('route', key, ['dst'])
    const { dst, table = RouteTableId.MAIN, priority, tos = 0, src } = key
    if (typeof dst !== 'string') throw new TypeError(`route.dst: ${String(dst)} is not a prefix such as 10.0.0.0/8`)
    const family = isLabel(dst) ? AddressFamily.MPLS : familyOfText(dst)
    const metric = priority ?? (family === AddressFamily.INET6 ? defaultIpv6Priority : 0)
    return super.list({
      family,
      dst,
      table,
      tos,
      ...(metric === 0 ? {} : { priority: metric }),
      ...(src === undefined ? {} : { src }),
    })
  }
}
