import { AddressFamily, familyOfText, InvalidValue, RouteScope } from '@rtnl/netlink-core'
import { RouteTableId, RouteType } from '../constants.ts'
import type { Hop } from '../hop.ts'
import type { Route } from '../message.ts'
import { canonicalPrefix } from '../prefix.ts'
import { anyInterface, canonicalAddress, setWay } from './hops.ts'

/** Where routes of ours are: one table, under one protocol. */
export interface RouteOwnership {
  /** Id of the routing table. */
  readonly table: number
  /** Routing protocol (`RTPROT_*`). */
  readonly protocol: number
}

/** What the kernel makes of an IPv6 route without a metric (`IP6_RT_PRIO_USER`). */
const defaultIpv6Priority = 1024
/** Bits of the traffic class that belong to congestion notification. */
const ecnBits = 3

function invalid(field: string, problem: string, wrongType = false): InvalidValue {
  return new InvalidValue(problem, wrongType).under(field)
}

/** Ids that no program may write to: unspecified, compat, local, and the one that means none. */
export function isReservedTable(table: number): boolean {
  return (
    table === RouteTableId.UNSPEC ||
    table === RouteTableId.COMPAT ||
    table === RouteTableId.LOCAL ||
    table === 0xffffffff
  )
}

function prefixOf(field: string, text: unknown): string {
  try {
    return canonicalPrefix(text).prefix
  } catch (error) {
    throw error instanceof InvalidValue ? error.under(field) : error
  }
}

/** Types that go nowhere. */
const deadEnds: ReadonlySet<number> = new Set([
  RouteType.BLACKHOLE,
  RouteType.UNREACHABLE,
  RouteType.PROHIBIT,
  RouteType.THROW,
])

const wayFields = ['gateway', 'via', 'oif', 'multipath', 'encap', 'encapType'] as const

function checkConflicts(route: Partial<Route>, type: number): void {
  // As most are.
  if (route.nhId === undefined && route.multipath === undefined && !deadEnds.has(type)) return
  const given = wayFields.filter((field) => route[field] !== undefined)
  const [first] = given
  if (route.nhId !== undefined && first !== undefined) throw invalid(first, 'cannot stand beside nhId', true)
  if (route.multipath !== undefined) {
    const other = given.find((field) => field !== 'multipath')
    if (other !== undefined) throw invalid(other, 'cannot stand beside multipath', true)
  }
  if (!deadEnds.has(type) || first === undefined) return
  // The kernel shows the loopback with IPv6 routes that go nowhere.
  if (first !== 'oif' || given.length > 1) throw invalid(first, 'a route that goes nowhere has none', true)
}

/** Sets the ways of a route. One way is not many; its weight says nothing. */
function setHops(draft: Draft, route: Partial<Route>, family: number): void {
  const { multipath } = route
  if (multipath === undefined) {
    setWay(draft, route, family)
    return
  }
  if (!Array.isArray(multipath)) throw invalid('multipath', 'not an array of hops', true)
  const hops = multipath.map((hop: Partial<Hop>, index) => {
    try {
      if (typeof hop !== 'object' || hop === null) throw new InvalidValue('not an object', true)
      const { gateway: _gateway, via: _via, oif: _oif, ...rest } = hop
      const normal = { ...rest, weight: hop.weight ?? 1, flags: 0, oif: anyInterface }
      setWay(normal, hop, family)
      return normal as Hop
    } catch (error) {
      throw error instanceof InvalidValue ? error.under(index).under('multipath') : error
    }
  })
  const [only] = hops
  if (hops.length > 1 || only === undefined) {
    draft.multipath = hops
    return
  }
  const { weight: _, oif, ...way } = only
  Object.assign(draft, way)
  if (oif !== anyInterface) draft.oif = oif
}

/** As `ip route` has it: how far away what a route leads to is. */
function scopeOf(route: Partial<Route>, family: number, type: number): number {
  if (family === AddressFamily.INET6) return RouteScope.UNIVERSE
  if (route.scope !== undefined) return route.scope
  switch (type) {
    case RouteType.LOCAL:
    case RouteType.NAT:
      return RouteScope.HOST
    case RouteType.BROADCAST:
    case RouteType.MULTICAST:
    case RouteType.ANYCAST:
      return RouteScope.LINK
    case RouteType.UNICAST: {
      const direct = (route.gateway ?? route.via ?? route.multipath ?? route.nhId) === undefined
      return direct ? RouteScope.LINK : RouteScope.UNIVERSE
    }
    default:
      return RouteScope.UNIVERSE
  }
}

function checkOwner(route: Partial<Route>, { table, protocol }: RouteOwnership): void {
  if (route.table !== undefined && route.table !== table) {
    if (isReservedTable(route.table)) throw invalid('table', `${route.table} is reserved`)
    throw invalid('table', `${String(route.table)} is not ${table}, the table that is written`)
  }
  if (route.protocol !== undefined && route.protocol !== protocol) {
    throw invalid('protocol', `${String(route.protocol)} is not ${protocol}, which marks routes of ours`)
  }
}

/**
 * Checks a route and brings it into the form in which the kernel shows it. What only the kernel sets is left out, so that
 * a route can be written as it was read.
 * @throws {TypeError | RangeError} names the field and its value
 */
export function normalizeRoute(route: Partial<Route>, ownership: RouteOwnership): Route {
  const checked = checkedRoute(route, ownership)
  const { dst, src } = checked
  try {
    const prefixes =
      src === undefined ? { dst: prefixOf('dst', dst) } : { dst: prefixOf('dst', dst), src: prefixOf('src', src) }
    const fields = Object.entries({ ...checked, ...prefixes }).filter(([, value]) => value !== undefined)
    return Object.fromEntries(fields) as unknown as Route
  } catch (error) {
    throw error instanceof InvalidValue ? error.toError('route') : error
  }
}

/**
 * The same, but for the prefixes, which are checked and brought into their form when the route is written, and with
 * fields that are `undefined`: there may be a million of them.
 * @throws {TypeError | RangeError} names the field and its value
 */
export function checkedRoute(route: Partial<Route>, ownership: RouteOwnership): Route {
  try {
    return normal(route, ownership)
  } catch (error) {
    throw error instanceof InvalidValue ? error.toError('route') : error
  }
}

type Draft = { -readonly [Name in keyof Route]?: Route[Name] | undefined }

/** Fields that are worked out; the others are taken over, so that unknown ones are found when the entry is encoded. */
const workedOut: ReadonlySet<string> = new Set<keyof Route>([
  'family',
  'tos',
  'protocol',
  'scope',
  'type',
  'flags',
  'table',
  'dst',
  'src',
  'priority',
  'gateway',
  'via',
  'oif',
  'prefsrc',
  'multipath',
  'pref',
  'expires',
])

function normal(route: Partial<Route>, ownership: RouteOwnership): Route {
  if (route.dst === undefined) throw invalid('dst', 'is missing', true)
  const prefix = route.dst
  const family = familyOfPrefix(prefix)
  if (route.family !== undefined && route.family !== family) {
    throw invalid('family', `${String(route.family)} is not that of ${prefix}, ${family}`)
  }
  checkOwner(route, ownership)
  const { type = RouteType.UNICAST, tos = 0, src, priority = 0, prefsrc, pref } = route
  checkConflicts(route, type)
  const isIpv6 = family === AddressFamily.INET6
  if (tos !== 0 && (isIpv6 || (tos & ecnBits) !== 0)) {
    throw invalid('tos', isIpv6 ? `${tos}: IPv6 routes have none` : `${tos} has bits of congestion notification`)
  }
  if (src !== undefined && !isIpv6) throw invalid('src', 'only IPv6 routes have one', true)
  if (pref !== undefined && !isIpv6) throw invalid('pref', 'only IPv6 routes have one', true)
  // With all the fields that a route without anything particular may have: an object that grows takes three times as much.
  const draft: Draft = {
    family,
    tos,
    protocol: ownership.protocol,
    scope: scopeOf(route, family, type),
    type,
    flags: 0,
    table: ownership.table,
    dst: prefix,
    src,
    priority: priorityOf(priority, isIpv6),
    gateway: undefined,
    via: undefined,
    oif: undefined,
    prefsrc: prefsrc === undefined ? undefined : source(prefsrc, family),
    pref: isIpv6 ? (pref ?? 0) : undefined,
  }
  for (const name in route) {
    if (!workedOut.has(name)) (draft as Record<string, unknown>)[name] = route[name as keyof Route]
  }
  if (!deadEnds.has(type)) setHops(draft, route, family)
  return draft as Route
}

function priorityOf(priority: number, isIpv6: boolean): number | undefined {
  if (priority !== 0) return priority
  return isIpv6 ? defaultIpv6Priority : undefined
}

/** That of an address with colons is IPv6; whether it is one at all is found out later. */
function familyOfPrefix(text: unknown): number {
  if (typeof text !== 'string') throw invalid('dst', `${String(text)} is not a text`, true)
  return familyOfText(text)
}

function source(text: string, family: number): string {
  try {
    const { family: own, address } = canonicalAddress(text)
    if (own !== family) throw new InvalidValue(`${address} is not of the family of the route`)
    return address
  } catch (error) {
    throw error instanceof InvalidValue ? error.under('prefsrc') : error
  }
}
