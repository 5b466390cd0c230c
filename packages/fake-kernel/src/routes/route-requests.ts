import { AddressFamily, Errno, MessageFlag, NexthopFlag } from '@rtnl/netlink-core'
import { type Route, RouteAttribute, RouteTableId, RouteType, routeMessage } from '@rtnl/route'
import type { FakeDump } from '../dump.ts'
import { maskOf, parseIpv4 } from '../ipv4.ts'
import type { Fib6 } from '../ipv6/fib6.ts'
import { route6Entry } from '../ipv6/route6-entry.ts'
import type { FakeLink } from '../links/link.ts'
import type { Links } from '../links/links.ts'
import type { Origin } from '../output.ts'
import { Refusal } from '../refusal.ts'
import type { RequestReader } from '../request.ts'
import type { RouteWorld } from './create-info.ts'
import type { Fib } from './fib.ts'
import type { FibConfig } from './fib-config.ts'
import { pathsOf } from './fib-table.ts'
import { routeEntry } from './route-entry.ts'

const { DST, GATEWAY, METRICS, MULTIPATH, NH_ID, OIF, PREFSRC, PRIORITY, TABLE } = RouteAttribute
const headerSize = 12
const known = [DST, GATEWAY, METRICS, MULTIPATH, NH_ID, OIF, PREFSRC, PRIORITY, TABLE]
const congestion = 3
const largestMtu = 65520

/** RTM_NEWROUTE */
export function newRoute(fib: Fib, reader: RequestReader, origin: Origin): void {
  fib.add(read(reader), reader.request.flags, origin)
}

/** RTM_DELROUTE */
export function deleteRoute(fib: Fib, world: RouteWorld, reader: RequestReader, origin: Origin): void {
  const config = read(reader)
  if (config.nexthopId !== 0 && world.nexthop(config.nexthopId) === undefined) {
    throw new Refusal(Errno.EINVAL, 'Nexthop id does not exist')
  }
  fib.remove(config, origin)
}

/** RTM_GETROUTE for all, or for one table, one protocol, one type or one interface. */
export function dumpRoutes({ tables }: Fib, { links, fib6 }: DumpedWorld, reader: RequestReader): FakeDump<Route> {
  const { family, table = 0, protocol, type, oif } = reader.entry(routeMessage, headerSize, [TABLE, OIF])
  reader.require(
    family === AddressFamily.INET || family === AddressFamily.INET6 || family === 0,
    `the family ${family}`,
  )
  const link = oif === undefined ? undefined : links.get(oif)
  if (oif !== undefined && link === undefined) throw new Refusal(Errno.ENODEV)
  const isFiltered = table !== 0 || protocol !== 0 || type !== 0 || link !== undefined
  const { DUMP_FILTERED } = MessageFlag
  // Exceptions of single hosts are left out: each message says that something is.
  const options = { flags: DUMP_FILTERED, doneFlags: isFiltered ? DUMP_FILTERED : 0 }
  const isWanted = (
    legs: readonly { readonly link: FakeLink | undefined }[],
    own: { readonly protocol: number; readonly type: number },
  ) =>
    (protocol === 0 || own.protocol === protocol) &&
    (type === 0 || own.type === type) &&
    (link === undefined || legs.some((leg) => leg.link === link))
  const isKnown = (family === AddressFamily.INET6 ? fib6.tables : tables).has(table)
  if (family !== AddressFamily.UNSPEC && table !== 0 && !isKnown) {
    const owner = family === AddressFamily.INET ? 'ipv4' : 'ipv6'
    return { entries: [], ...options, errno: Errno.ENOENT, text: `${owner}: FIB table does not exist` }
  }
  const first = family === AddressFamily.INET6 ? [] : wantedOf(tables, table)
  const second = family === AddressFamily.INET ? [] : wantedOf(fib6.tables, table)
  const entries = [
    ...first.flatMap((id) =>
      tables
        .routes(id)
        .filter(({ info, type: own }) => isWanted(pathsOf(info), { protocol: info.protocol, type: own }))
        .map(routeEntry),
    ),
    ...second.flatMap((id) =>
      fib6
        .shown(id)
        .filter((legs) => legs[0] !== undefined && isWanted(legs, legs[0]))
        .flatMap((legs) => (legs[0] === undefined ? [] : [route6Entry(legs[0], legs)])),
    ),
  ]
  return { entries, ...options }
}

/** What dumps of routes show. */
export interface DumpedWorld {
  readonly links: Links
  readonly fib6: Fib6
}

function wantedOf(tables: { inOrder(): number[]; has(table: number): boolean }, table: number): number[] {
  if (table === 0) return tables.inOrder()
  return tables.has(table) ? [table] : []
}

function read(reader: RequestReader): FibConfig {
  const entry = reader.entry(routeMessage, headerSize, known)
  reader.require(entry.family === AddressFamily.INET, `the address family ${entry.family}`)
  reader.require((entry.flags & ~NexthopFlag.ONLINK) === 0, `rtm_flags ${entry.flags}`)
  const { metrics = {}, multipath, gateway, oif, nhId } = entry
  const onlyMtu = Object.entries(metrics).every(([name, value]) => name === 'mtu' && Number(value) <= largestMtu)
  reader.require(onlyMtu, `metrics ${JSON.stringify(metrics)}`)
  const leads = entry.type >= RouteType.UNICAST && entry.type <= RouteType.MULTICAST
  reader.require(nhId === undefined || leads, `a nexthop id for a route of type ${entry.type}`)
  reader.require(nhId === undefined || metrics.mtu === undefined, 'metrics beside a nexthop id')
  reader.require(multipath === undefined || (gateway === undefined && oif === undefined), 'RTA_MULTIPATH beside a way')
  const onlyGateways = (multipath ?? []).every(
    (hop) => hop.via === undefined && hop.encap === undefined && hop.newdst === undefined && hop.realms === undefined,
  )
  reader.require(onlyGateways, 'legs with more than gateway, interface and weight')
  if ((entry.tos & congestion) !== 0) throw new Refusal(Errno.EINVAL, 'Invalid dsfield (tos): ECN bits must be 0')
  const config = configOf(entry)
  checkPrefix(config)
  if (nhId !== undefined && (wayInBytes(reader) || multipath !== undefined)) {
    throw new Refusal(Errno.EINVAL, 'Nexthop specification and nexthop id are mutually exclusive')
  }
  return config
}

function checkPrefix({ destination, length }: FibConfig): void {
  if (length > 32) throw new Refusal(Errno.EINVAL, 'Invalid prefix length')
  if ((destination & ~maskOf(length)) >>> 0 !== 0) {
    throw new Refusal(Errno.EINVAL, 'Invalid prefix for given prefix length')
  }
}

/** Fields that the declaration leaves out where there is a nexthop id. */
function wayInBytes(reader: RequestReader): boolean {
  const places = reader.attributes({ start: 16 + headerSize, end: reader.view.byteLength }, known)
  return [GATEWAY, OIF, MULTIPATH].some((type) => places.has(type))
}

function configOf(entry: Route): FibConfig {
  const [destination = '0.0.0.0', length = '0'] = (entry.dst ?? '0.0.0.0/0').split('/')
  return {
    table: entry.table || RouteTableId.MAIN,
    destination: parseIpv4(destination),
    length: Number(length),
    tos: entry.tos,
    type: entry.type,
    scope: entry.scope,
    protocol: entry.protocol,
    priority: entry.priority ?? 0,
    preferredSource: parseIpv4(entry.prefsrc ?? '0.0.0.0'),
    mtu: entry.metrics?.mtu ?? 0,
    flags: entry.flags,
    gateway: parseIpv4(entry.gateway ?? '0.0.0.0'),
    oif: entry.oif ?? 0,
    legs: entry.multipath?.map((hop) => ({
      gateway: parseIpv4(hop.gateway ?? '0.0.0.0'),
      oif: hop.oif,
      weight: hop.weight ?? 1,
      flags: hop.flags,
    })),
    nexthopId: entry.nhId ?? 0,
  }
}
