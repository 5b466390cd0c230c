import { linkDependency } from '@rtnl/link'
import { sameValue } from '@rtnl/live-table'
import { routingTables, typesOfService } from '@rtnl/names'
import { AddressFamily, checkNumber, Errno, MessageFlag, NexthopFlag } from '@rtnl/netlink-core'
import { gatewayDependency, nexthopDependency } from '@rtnl/nexthop'
import type { DesiredEntry, ReconcileRules, Strategy } from '@rtnl/reconcile/declarations'
import { RouteTableId, RouteType } from '../constants.ts'
import { defineRoutes, routeDefinition } from '../definition.ts'
import type { Route } from '../message.ts'
import { isDeadEnd } from './conflicts.ts'
import { sameWays } from './hops.ts'
import { divisible, needs } from './needs.ts'
import { type AdditiveRouteOwnership, isReservedTable, type RouteOwnership, routeNormalizer } from './normalize.ts'

const flags: Readonly<Record<Strategy, number>> = {
  add: MessageFlag.CREATE | MessageFlag.EXCL,
  replace: MessageFlag.CREATE | MessageFlag.REPLACE,
  makeBeforeBreak: MessageFlag.CREATE | MessageFlag.APPEND,
  // Others may stand in the list.
  recreate: MessageFlag.CREATE | MessageFlag.APPEND,
}

/**
 * Returns the rules for routes, for `reconcile` and `keep` of `@rtnl/reconcile`: those of one protocol in one routing table, or
 * in additive mode routes of any table and protocol.
 * @throws {RangeError} an impossible table or protocol, or a table to which no program may write (0, 252, 4294967295)
 */
export function routeOwner(
  ownership: RouteOwnership | AdditiveRouteOwnership,
): ReconcileRules<Route, DesiredEntry<Route>> {
  const { table, protocol } = ownership
  // Beyond the types: for programs in JavaScript.
  const isRequired = ownership.additive !== true
  if ((isRequired || table !== undefined) && !isWritable(table)) {
    throw new RangeError(`table: ${String(table)} is no routing table that may be written`)
  }
  if (isRequired || protocol !== undefined) checkNumber('protocol', protocol, 0, 0xff)
  const definition = ownership.additive === true ? routeDefinition : defineRoutes({ table: ownership.table })
  const owned: Pick<ReconcileRules<Route>, 'lease' | 'owns' | 'ownerMatch'> = ownership.additive === true
    ? { lease: 'routes of all tables, additively', owns: () => true }
    : {
        lease: `routes of table ${ownership.table} and protocol ${ownership.protocol}`,
        owns: (route) => route.protocol === ownership.protocol,
        ownerMatch: { protocol: ownership.protocol },
      }
  return {
    definition,
    ...owned,
    normalize: routeNormalizer(ownership),
    independent: () => ['dst', 'src', 'gateway', 'oif', 'priority', 'nhId'],
    key: (route) => definition.keyText(route),
    isSameOwner: (desired, actual) => desired.protocol === actual.protocol,
    same: sameRoute,
    strategy,
    flags,
    deleteKey: deleteKey,
    deleteKeyFields: deleteKeyFields,
    describe,
    refersBy: ['gateway', 'via', 'multipath', 'nhId'],
    coexists: coexists,
    interfaces: linkDependency,
    dependencies: [nexthopDependency, gatewayDependency],
    needs,
    divisible,
    missing: [Errno.ENOENT, Errno.ESRCH],
    // With a nexthop object the kernel removes its routes, and then refuses a request that names the object.
    wentWith: ({ nhId }, { errno }) => nhId !== undefined && errno === Errno.EINVAL,
  }
}

function isWritable(table: unknown): boolean {
  const isTable = typeof table === 'number' && Number.isInteger(table) && table >= 0 && table <= 0xffffffff
  return isTable && !isReservedTable(table)
}

function sameRoute(desired: Route, actual: Route): boolean {
  return (
    desired.nhId === actual.nhId &&
    desired.protocol === actual.protocol &&
    desired.scope === actual.scope &&
    desired.prefsrc === actual.prefsrc &&
    (desired.pref ?? 0) === (actual.pref ?? 0) &&
    sameValue(desired.metrics ?? {}, actual.metrics ?? {}) &&
    sameLifetime(desired.expires, actual.expires) &&
    sameTarget(desired, actual)
  )
}

/**
 * Whether a lifetime is as desired. It counts from the moment in which the route is written. A longer one than desired is
 * shortened, and one of which less than half is left is renewed.
 */
function sameLifetime(wanted: number | undefined, left: number | undefined): boolean {
  if (wanted === undefined || left === undefined) return wanted === left
  // The kernel's seconds are cut off.
  return left <= wanted && left + 1 >= wanted / 2
}

function sameTarget(desired: Route, actual: Route): boolean {
  if (desired.nhId !== undefined) {
    // Of a route by a nexthop object that discards packets the kernel shows the object's type.
    return desired.type === actual.type || (actual.type === RouteType.BLACKHOLE && !isDeadEnd(desired.type))
  }
  if (desired.type !== actual.type || desired.realms !== actual.realms) return false
  // With IPv6 the kernel shows the loopback as the interface of a route that goes nowhere.
  if (isDeadEnd(desired.type)) return desired.flags === (actual.flags & NexthopFlag.ONLINK)
  return sameWays(desired, actual)
}

/**
 * Under one key IPv4 has a list of different routes. IPv6 makes one multipath route of all that have a gateway, and more
 * than one route only of others.
 */
function coexists(desired: Route, other: Route): boolean {
  if (desired.family === AddressFamily.INET) return !sameRoute(desired, other)
  return !(isMerged(desired) && isMerged(other)) && !sameRoute(desired, other)
}

function isMerged({ nhId, gateway, multipath }: Route): boolean {
  return nhId === undefined && (gateway !== undefined || multipath !== undefined)
}

/**
 * For IPv4 the kernel replaces the first route of a list, whoever made it. So a new version of a later one is added behind it.
 * For IPv6 the kernel makes one multipath route of all gateways under a key, so that nothing can be changed there without
 * touching routes of others.
 */
function strategy(_desired: Route, old: Route, list: readonly Route[]): Strategy | undefined {
  if (list[0] === old && (old.family === AddressFamily.INET || list.length === 1)) return 'replace'
  if (old.family === AddressFamily.INET) return 'makeBeforeBreak'
  return list.every((route) => route.protocol === old.protocol) ? 'replace' : undefined
}

/**
 * As much of a route as the kernel needs to find it and no other. It leaves out the hops of an IPv6 multipath route: the
 * kernel would delete them one by one, and announce each.
 */
function deleteKey(route: Route): Partial<Route> {
  const { family, table, dst, src, tos, priority, type, protocol, scope, nhId, gateway, via, oif, multipath } = route
  // Field by field, since there may be a million of them.
  const entry: { -readonly [Name in keyof Route]?: Route[Name] } = { family, tos, protocol, scope }
  // That of a nexthop object is what the object makes of it, and not what the kernel compares.
  if (nhId === undefined) entry.type = type
  else entry.nhId = nhId
  if (table !== undefined) entry.table = table
  if (dst !== undefined) entry.dst = dst
  if (src !== undefined) entry.src = src
  if (priority !== undefined) entry.priority = priority
  if (gateway !== undefined) entry.gateway = gateway
  if (via !== undefined) entry.via = via
  if (oif !== undefined) entry.oif = oif
  if (multipath !== undefined && family === AddressFamily.INET) {
    entry.multipath = multipath.map(({ flags: _, ...hop }) => hop as typeof hop & { flags: number })
  }
  return entry
}

/** Describes a route by its key, as `ip route` prints it: without the table if that is main. */
function describe({ dst, src, tos, table, priority }: Route): string {
  const words = [`route ${dst}`]
  if (src !== undefined) words.push(`from ${src}`)
  if (tos !== 0) words.push(`tos ${typesOfService.nameOf(tos)}`)
  if (table !== undefined && table !== RouteTableId.MAIN) words.push(`table ${routingTables.nameOf(table)}`)
  if (priority !== undefined) words.push(`metric ${priority}`)
  return words.join(' ')
}

/** The fields of `deleteKey` for most routes. */
const deleteKeyFields: NonNullable<ReconcileRules<Route>['deleteKeyFields']> = {
  fields: ['family', 'tos', 'protocol', 'scope', 'type', 'table', 'dst', 'src', 'priority', 'gateway', 'via', 'oif'],
  unless: ['nhId', 'multipath'],
}
