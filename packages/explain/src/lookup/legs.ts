import { NexthopFlag } from '@rtnl/netlink-core'
import type { Nexthop } from '@rtnl/nexthop'
import type { Route } from '@rtnl/route'
import type { Snapshot } from '../snapshot.ts'
import type { Leg } from '../step.ts'

type Way = Pick<Leg, 'oif' | 'gateway' | 'nexthopId'> & { readonly weight: number; readonly flags: number }

/** The ways of a route, of which packets that are bound to an interface take those through it only. */
export function legsOfRoute(route: Route, oif: number | undefined, snapshot: Snapshot): Leg[] {
  if (route.nhId !== undefined) return legsOfNexthop(route.nhId, oif, snapshot)
  const ways = route.multipath ?? [{ ...route, weight: 1 }]
  return shared(
    ways.map((way) => ({
      weight: way.weight ?? 1,
      flags: way.flags,
      oif: way.oif,
      gateway: way.gateway ?? way.via,
      nexthopId: undefined,
    })),
    oif,
    snapshot,
  )
}

/** The ways of a nexthop object: itself, or the members of a group. */
export function legsOfNexthop(id: number, oif: number | undefined, snapshot: Snapshot): Leg[] {
  const nexthop = snapshot.nexthop(id)
  const members = nexthop?.group ?? [{ id, weight: 1 }]
  const ways = members.map((member) => wayOf(member.id, member.weight, snapshot.nexthop(member.id)))
  return shared(ways, oif, snapshot)
}

function wayOf(id: number, weight: number, nexthop: Nexthop | undefined): Way | undefined {
  return nexthop && { weight, flags: nexthop.flags, oif: nexthop.oif, gateway: nexthop.gateway, nexthopId: id }
}

function shared(ways: readonly (Way | undefined)[], oif: number | undefined, snapshot: Snapshot): Leg[] {
  const legs = ways.flatMap((way) =>
    way === undefined ? [] : [{ ...way, unusable: whyUnusable(way, oif, snapshot), chosen: false, share: 0 }],
  )
  const total = legs.reduce((sum, { weight, unusable }) => (unusable === undefined ? sum + weight : sum), 0)
  return legs.map(({ flags: _, ...leg }) => ({
    ...leg,
    share: leg.unusable === undefined && total > 0 ? leg.weight / total : 0,
  }))
}

function whyUnusable(way: Way, oif: number | undefined, snapshot: Snapshot): string | undefined {
  if ((way.flags & NexthopFlag.DEAD) !== 0) {
    return `${snapshot.name(way.oif)} ${(way.flags & NexthopFlag.LINKDOWN) === 0 ? 'is down' : 'has no carrier or is down'}`
  }
  // A packet that is bound to a VRF may leave by any of its interfaces.
  if (oif === undefined || way.oif === undefined || way.oif === oif || snapshot.link(oif)?.vrf !== undefined) {
    return undefined
  }
  return `the packet is bound to ${snapshot.name(oif)}`
}

/** Whether two texts are one hop; the family of the gateway is that of the route, or is not. */
export function isHop(leg: Leg, hop: Pick<Route, 'oif' | 'gateway' | 'via'>): boolean {
  return leg.oif === hop.oif && leg.gateway === (hop.gateway ?? hop.via)
}
