import { AddressFamily, InvalidValue } from '@rtnl/netlink-core'
import { type CheckedFields, unresolvedInterface } from '@rtnl/reconcile/declarations'
import { RouteType } from '../constants.ts'
import type { Route } from '../message.ts'

/** Fields of a route that cannot stand beside each other. */

/** That of the loopback, in every namespace. */
const loopback = 1

/** Throws `InvalidValue` if a route has one of the fields. */
export function refuse(route: Partial<CheckedFields<Route>>, fields: readonly (keyof Route)[], reason: string): void {
  for (const field of fields) if (route[field] !== undefined) throw new InvalidValue(reason, true).under(field)
}

/** Whether routes of a type go nowhere: they discard packets, or have others look for a route. */
export function isDeadEnd(type: number): boolean {
  return type >= RouteType.BLACKHOLE && type <= RouteType.THROW
}

const ways = ['gateway', 'via', 'multipath', 'encap', 'encapType'] as const

/** Throws `InvalidValue` if a route that goes nowhere has what the kernel refuses, or takes and does not keep. */
export function checkDeadEnd(route: CheckedFields<Route>): void {
  refuse(route, ways, 'a route that goes nowhere has none')
  const { oif, pref, flags } = route
  if (route.family === AddressFamily.INET) {
    refuse(route, ['oif'], 'a route that goes nowhere has none')
    return
  }
  refuse(route, ['expires'], 'a route that goes nowhere stays')
  if (pref !== 0) throw new InvalidValue(`${pref}: a route that goes nowhere has 0`).under('pref')
  if (flags !== 0) throw new InvalidValue(`${flags}: an IPv6 route that goes nowhere has none`).under('flags')
  // The kernel shows the loopback with such routes.
  if (oif !== undefined && oif !== loopback && oif !== unresolvedInterface) {
    throw new InvalidValue(`${oif}: a route that goes nowhere has none but the loopback, ${loopback}`).under('oif')
  }
  route.oif = undefined
}
