import { checkIfindex } from '@rtnl/link'
import { AddressFamily, type CallOptions, type Connection, checkNumber, type MessageCursor } from '@rtnl/netlink-core'
import { checkProtocol, checkTable, familiesOf } from './check.ts'
import { RouteFlag, RouteMessage } from './constants.ts'
import type { RoutePart } from './definition.ts'
import { type Route, routeMessage } from './message.ts'

/** Which routes are read. What is left out does not matter; what is named is left to the kernel, and checked. */
export interface RouteDumpFilter extends RoutePart {
  /** Only routes of this routing protocol (`RTPROT_*`). */
  readonly protocol?: number | undefined
  /** Only routes that go out of this interface, with one of their hops at least, or by a nexthop object. */
  readonly oif?: number | undefined
  /** Only routes of this type (`RTN_*`). */
  readonly type?: number | undefined
}

/**
 * Reads routes once, in batches: those of IPv4, then those of IPv6, each in the kernel's order. A table that does not
 * exist has none. Exceptions (PMTU, redirects) are left out. While IPv6 routes are added and deleted, another route may be
 * missing in the dump or appear twice, and the kernel does not report that. A `RouteTable` rereads then.
 * @throws {DumpTruncatedError} there is a route that the kernel cannot show, and those behind it were not read
 * @throws {RangeError} the filter names something impossible; nothing is sent
 * @throws {NetlinkError} there is no such interface (`ENODEV`)
 * @throws as `Connection.dump`
 */
export async function* dumpRoutes(
  connection: Connection,
  filter: RouteDumpFilter = {},
  options: CallOptions = {},
): AsyncGenerator<Route[], void, undefined> {
  const { family, table, protocol, oif, type } = filter
  checkTable(table)
  checkProtocol(protocol)
  checkIfindex('oif', oif)
  if (type !== undefined) checkNumber('type', type, 0, 0xff)
  const families = familiesOf(family)
  const last = Math.max(...families)
  const request = {
    message: routeMessage,
    type: RouteMessage.GET,
    entry: {
      ...(family === AddressFamily.MPLS ? { family } : {}),
      ...(table === undefined ? {} : { table }),
      ...(protocol === undefined ? {} : { protocol }),
      ...(oif === undefined ? {} : { oif }),
      ...(type === undefined ? {} : { type }),
    },
    operation: 'dump route',
    // Of one family alone the kernel does not say that it could not show all. The families come in the order of their numbers.
    until: ({ view, body, end }: MessageCursor) => end > body && view.getUint8(body) > last,
  }
  for await (const batch of connection.dump(request, options)) {
    const wanted = batch.filter((route) => families.some((known) => known === route.family) && isWanted(route, filter))
    if (wanted.length > 0) yield wanted
  }
}

/** The kernel leaves filters aside that it does not know, and takes 0 for none. */
function isWanted(route: Route, { table, protocol, oif, type }: RouteDumpFilter): boolean {
  return (
    (route.flags & RouteFlag.CLONED) === 0 &&
    (table === undefined || route.table === table) &&
    (protocol === undefined || route.protocol === protocol) &&
    (type === undefined || route.type === type) &&
    (oif === undefined || mayUse(route, oif))
  )
}

/** The interfaces of a route by a nexthop object are known to the object. */
function mayUse({ nhId, oif, multipath }: Route, ifindex: number): boolean {
  return nhId !== undefined || oif === ifindex || (multipath?.some((hop) => hop.oif === ifindex) ?? false)
}
