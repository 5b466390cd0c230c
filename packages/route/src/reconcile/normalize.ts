import {
  AddressFamily,
  canonicalPrefix,
  familyOfText,
  InvalidValue,
  RouteProtocol,
  RouteScope,
} from '@rtnl/netlink-core'
import {
  type CheckedFields,
  type DesiredEntry,
  type NormalizeContext,
  noInterfaces,
  present,
} from '@rtnl/reconcile/declarations'
import { RouteTableId, RouteType } from '../constants.ts'
import type { Route } from '../message.ts'
import { writeRoutePrefix } from '../prefix.ts'
import { checkDeadEnd, isDeadEnd, refuse } from './conflicts.ts'
import { checkDumpSize } from './dump-size.ts'
import { routeFields } from './fields.ts'
import { isUnspecified, setWays } from './hops.ts'

/** Which routes are owned: those of one protocol in one routing table. */
export interface RouteOwnership {
  /** Id of the routing table. */
  readonly table: number
  /** Routing protocol (`RTPROT_*`). */
  readonly protocol: number
  /** Others of the table and protocol are removed. */
  readonly additive?: false
}

/**
 * For additive mode: routes of any table and protocol may be desired, and what is named here is only what a route has that
 * does not say so itself.
 */
export interface AdditiveRouteOwnership {
  /** Id of the routing table. Default: main. */
  readonly table?: number | undefined
  /** Routing protocol (`RTPROT_*`). Default: that of `ip` (`RTPROT_BOOT`, 3). */
  readonly protocol?: number | undefined
  /** No route is removed because it is not desired. */
  readonly additive: true
}

/** What the kernel makes of an IPv6 route without a metric (`IP6_RT_PRIO_USER`). */
const defaultIpv6Priority = 1024
/** Bits of the traffic class that belong to congestion notification. */
const ecnBits = 3

/** Ids that no program may write to: unspecified, compat, and the one that means none. */
export function isReservedTable(table: number): boolean {
  return table === RouteTableId.UNSPEC || table === RouteTableId.COMPAT || table === 0xffffffff
}

/**
 * Checks a route and brings it into the form in which the kernel shows it. What only the kernel sets is left out, so that
 * a route can be written as it was read.
 * @throws {TypeError | RangeError} names the field and its value
 */
export function normalizeRoute(
  route: DesiredEntry<Route>,
  ownership: RouteOwnership,
  context: NormalizeContext = noInterfaces,
): Route {
  return routeFields.normalize(route, context, (checked) => {
    finish(checked, ownership)
    checked.dst = prefixOf('dst', checked.dst)
    if (checked.src !== undefined) checked.src = prefixOf('src', checked.src)
    return present<Route>(checked)
  })
}

/**
 * The same, but for the prefixes, which are checked and brought into their form when the route is written, and with
 * fields that are `undefined`: there may be a million of them.
 * @throws {TypeError | RangeError} names the field and its value
 */
export function routeNormalizer(
  ownership: RouteOwnership | AdditiveRouteOwnership,
): (route: DesiredEntry<Route>, context: NormalizeContext) => Route {
  const complete = (checked: CheckedFields<Route>): Route => finish(checked, ownership)
  return (route, context) => routeFields.normalize(route, context, complete)
}

function invalid(field: keyof Route, problem: string, wrongType = false): InvalidValue {
  return new InvalidValue(problem, wrongType).under(field)
}

function prefixOf(field: 'dst' | 'src', text: unknown): string {
  try {
    return canonicalPrefix(text, writeRoutePrefix).prefix
  } catch (error) {
    throw error instanceof InvalidValue ? error.under(field) : error
  }
}

/** Looks at the fields beside each other, and makes the route of them in place. */
function finish(checked: CheckedFields<Route>, ownership: RouteOwnership | AdditiveRouteOwnership): Route {
  const family = setDestination(checked)
  setOwner(checked, ownership)
  const isIpv6 = family === AddressFamily.INET6
  checked.type ??= RouteType.UNICAST
  if (isIpv6) finishIpv6(checked)
  else finishIpv4(checked)
  if (isUnspecified(checked.prefsrc)) checked.prefsrc = undefined
  if (checked.prefsrc !== undefined && familyOfText(checked.prefsrc) !== family) {
    throw invalid('prefsrc', `${checked.prefsrc} is not of the family of the route`)
  }
  checked.flags ??= 0
  if (checked.nhId !== undefined) setNexthopObject(checked)
  else if (isDeadEnd(checked.type)) checkDeadEnd(checked)
  else setWays(checked, family)
  checked.scope = scopeOf(checked, isIpv6)
  if (checked.multipath !== undefined) checkDumpSize(checked as Route)
  return checked as Route
}

/** Sets the destination and its family, which is returned. That a destination is a prefix at all is found out later. */
function setDestination(checked: CheckedFields<Route>): number {
  const { dst, family, gateway } = checked
  if (dst === undefined) throw invalid('dst', 'is missing', true)
  if (family === AddressFamily.MPLS) {
    throw invalid('family', `${family} (mpls): routes of labels are read and followed, and not written`)
  }
  if (family !== undefined && family !== AddressFamily.INET && family !== AddressFamily.INET6) {
    throw invalid('family', `${family} is not 2 (inet) or 10 (inet6)`)
  }
  if (dst === 'default') {
    const known = family ?? (gateway === undefined ? undefined : familyOfText(gateway))
    if (known === undefined) throw invalid('dst', 'default needs family beside it: 2 (inet) or 10 (inet6)')
    checked.family = known
    checked.dst = known === AddressFamily.INET6 ? '::/0' : '0.0.0.0/0'
    return known
  }
  const own = familyOfText(dst)
  if (family !== undefined && family !== own) throw invalid('family', `${family} is not that of ${dst}, ${own}`)
  checked.family = own
  return own
}

function setOwner(checked: CheckedFields<Route>, ownership: RouteOwnership | AdditiveRouteOwnership): void {
  const { table, protocol } = checked
  if (table !== undefined && isReservedTable(table)) throw invalid('table', `${table} is reserved`)
  if (ownership.additive === true) {
    checked.table ??= ownership.table ?? RouteTableId.MAIN
    checked.protocol ??= ownership.protocol ?? RouteProtocol.BOOT
    return
  }
  if (table !== undefined && table !== ownership.table) {
    throw invalid('table', `${table} is not ${ownership.table}, the table that is written`)
  }
  if (protocol !== undefined && protocol !== ownership.protocol) {
    throw invalid('protocol', `${protocol} is not ${ownership.protocol}, which marks routes of ours`)
  }
  checked.table = ownership.table
  checked.protocol = ownership.protocol
}

function finishIpv4(checked: CheckedFields<Route>): void {
  refuse(checked, ['src', 'pref', 'expires'], 'only IPv6 routes have one')
  const { tos = 0, priority } = checked
  if ((tos & ecnBits) !== 0) throw invalid('tos', `${tos} has bits of congestion notification`)
  checked.tos = tos
  if (priority === 0) checked.priority = undefined
}

function finishIpv6(checked: CheckedFields<Route>): void {
  const { tos = 0, scope = 0, pref = 0, src, priority = 0 } = checked
  if (tos !== 0) throw invalid('tos', `${tos}: IPv6 routes have none`)
  if (scope !== 0) throw invalid('scope', `${scope}: that of IPv6 routes is 0`)
  refuse(checked, ['realms'], 'only IPv4 routes have them')
  if (pref === 2 || pref > 3) throw invalid('pref', `${pref} is not 0 (medium), 1 (high) or 3 (low)`)
  if (src !== undefined && familyOfText(src) !== AddressFamily.INET6) {
    throw invalid('src', `${src} is not of the family of the route`)
  }
  if (src?.endsWith('/0') === true && isUnspecified(src.slice(0, -2))) checked.src = undefined
  checked.tos = tos
  checked.pref = pref
  checked.priority = priority === 0 ? defaultIpv6Priority : priority
}

/** A route by a nexthop object has no ways of its own; the kernel shows those of the object, and its flags. */
function setNexthopObject(checked: CheckedFields<Route>): void {
  const { type = RouteType.UNICAST } = checked
  refuse(checked, ['gateway', 'via', 'oif', 'multipath', 'encap', 'encapType', 'realms'], 'cannot stand beside nhId')
  if (isDeadEnd(type) && type !== RouteType.BLACKHOLE) {
    throw invalid('type', `${type} cannot stand beside nhId, of which the kernel makes at most 6 (blackhole)`)
  }
  checked.flags = 0
}

/** As `ip route` has it: how far away what a route leads to is. */
function scopeOf({ scope, type, gateway, via, multipath, nhId }: CheckedFields<Route>, isIpv6: boolean): number {
  if (isIpv6) return RouteScope.UNIVERSE
  if (scope !== undefined) return scope
  switch (type) {
    case RouteType.LOCAL:
    case RouteType.NAT:
      return RouteScope.HOST
    case RouteType.BROADCAST:
    case RouteType.MULTICAST:
    case RouteType.ANYCAST:
      return RouteScope.LINK
    case RouteType.UNICAST:
      return (gateway ?? via ?? multipath ?? nhId) === undefined ? RouteScope.LINK : RouteScope.UNIVERSE
    default:
      return RouteScope.UNIVERSE
  }
}
