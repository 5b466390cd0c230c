import { RouteType } from '../constants.ts'
import type { Route } from '../message.ts'

/** A route that is put into a routing table, for a routing daemon to take it from there. */
export interface AdvertisedRoute {
  /** Destination, `192.0.2.0/24`. */
  readonly dst: string
  /** Metric; for IPv6 the kernel makes 1024 of 0. */
  readonly priority: number
  /** Gateway, of either family; without one, or with the unspecified address, the route is a blackhole. */
  readonly nexthop?: string | undefined
}

/** The entries for a routing table; what is advertised twice is in it once. */
export function* advertisedEntries(routes: Iterable<AdvertisedRoute>): Generator<Partial<Route>, void, undefined> {
  const seen = new Set<string>()
  for (const { dst, priority, nexthop } of routes) {
    const name = `${dst} ${priority} ${nexthop}`
    if (seen.has(name)) continue
    seen.add(name)
    const way = isUnspecified(nexthop) ? { type: RouteType.BLACKHOLE } : { gateway: nexthop as string }
    yield { dst, priority, ...way }
  }
}

function isUnspecified(address: string | undefined): boolean {
  return address === undefined || address === '0.0.0.0' || address === '::' || address === '::ffff:0.0.0.0'
}
