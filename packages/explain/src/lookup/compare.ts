import { AddressFamily } from '@rtnl/netlink-core'
import { type Route, RouteTableId, RouteType } from '@rtnl/route'
import type { KernelAnswer } from '../question/answer.ts'
import type { Snapshot } from '../snapshot.ts'
import { isHop, legsOfNexthop } from './legs.ts'
import type { RuleResult } from './rules.ts'

/** Whether the kernel says of a packet what the tables say; `undefined` if it was not asked. */
export function compared(
  derived: RuleResult,
  answer: KernelAnswer | undefined,
  snapshot: Snapshot,
): 'same' | 'different' | undefined {
  if (answer === undefined) return undefined
  if ('errno' in answer) return derived.errno === answer.errno ? 'same' : 'different'
  return derived.errno === undefined && chosenOf(derived, answer, snapshot) !== undefined ? 'same' : 'different'
}

/**
 * The one of the routes by the tables that the kernel names. IPv6 caches the route at the nexthop object (`rt6i_pcpu`), which many
 * routes have in common, and names the one that was used first: then it is the hop that tells.
 */
export function chosenOf(
  { found, merged }: RuleResult,
  { route: named, choice }: { readonly route: Route; readonly choice: Route },
  snapshot: Snapshot,
): Route | undefined {
  const same = found?.alike.find((route) => isSameRoute(route, named, merged))
  if (same !== undefined || named.family !== AddressFamily.INET6 || named.nhId === undefined) return same
  return found?.alike.find(
    ({ nhId }) => nhId !== undefined && legsOfNexthop(nhId, undefined, snapshot).some((leg) => isHop(leg, choice)),
  )
}

/** Whether a route of a table is the one that the kernel names. */
export function isSameRoute(route: Route, named: Route, merged: boolean): boolean {
  return (
    route.family === named.family &&
    route.dst === named.dst &&
    (route.src ?? '') === (named.src ?? '') &&
    (route.table === named.table || (merged && named.table === RouteTableId.MAIN)) &&
    (route.priority ?? 0) === (named.priority ?? 0) &&
    route.protocol === named.protocol &&
    (route.type === named.type || isTypeOfAddress(named.type)) &&
    route.nhId === named.nhId &&
    hopsOf(route) === hopsOf(named)
  )
}

/** By the address the kernel says these of a route to everything, too. */
function isTypeOfAddress(type: number): boolean {
  return type === RouteType.MULTICAST || type === RouteType.BROADCAST
}

/** The hops as a text. An answer of IPv6 begins with the one that the packet takes. */
function hopsOf({ multipath, gateway, via, oif }: Route): string {
  const hops = multipath ?? [{ gateway, via, oif, weight: 1 }]
  return hops
    .map((hop) => `${hop.gateway ?? hop.via} ${hop.oif} ${hop.weight ?? 1}`)
    .sort()
    .join()
}
