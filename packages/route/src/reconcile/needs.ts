import { needOfInterface, needOfLink } from '@rtnl/link'
import { NexthopFlag } from '@rtnl/netlink-core'
import { interfaceOfEncapsulation, needOfGateway, needOfNexthop, needOfSource } from '@rtnl/nexthop'
import type { Divisible, Need } from '@rtnl/reconcile/declarations'
import type { Hop } from '../hop.ts'
import type { Route } from '../message.ts'
import { anyInterface } from './hops.ts'

type Way = Partial<Pick<Hop, 'oif' | 'gateway' | 'via' | 'flags' | 'encap'>>

/** What a route needs before the kernel takes it: its interface up, its nexthop object, its gateway on some link. */
export function needs(route: Route): readonly Need[] {
  const { nhId, prefsrc } = route
  const found = needsOfWay(route)
  if (nhId !== undefined) found.push(needOfNexthop(nhId))
  if (prefsrc !== undefined) found.push(needOfSource(prefsrc))
  return found
}

function needsOfWay({ oif = anyInterface, gateway, via, flags = 0, encap }: Way): Need[] {
  const found: Need[] = []
  if (oif !== anyInterface) found.push(needOfLink(oif))
  const inner = interfaceOfEncapsulation(encap)
  if (inner !== undefined) found.push(needOfInterface(inner))
  const gate = gateway ?? via
  if (gate !== undefined && (flags & NexthopFlag.ONLINK) === 0) found.push(needOfGateway(gate))
  return found
}

/** A multipath route goes on with the legs whose interfaces are up. */
export const divisible: Divisible<Route> = {
  fields: ['multipath'],
  needs: ({ multipath = [] }) => multipath.flatMap(needsOfWay),
  feasible(desired, isMet) {
    const { multipath = [] } = desired
    const left = multipath.filter(({ oif }) => oif === anyInterface || isMet(needOfLink(oif)))
    if (left.length === multipath.length) return desired
    return left.length === 0 ? undefined : withLegs(desired, left)
  },
}

/** A route with other legs. The kernel shows one leg as the way of the route itself, without a weight. */
function withLegs(route: Route, legs: readonly Hop[]): Route {
  const { multipath: _, ...rest } = route
  const [only, ...more] = legs
  if (only === undefined || more.length > 0) return { ...rest, multipath: [...legs] }
  const { weight: _weight, oif, flags, ...way } = only
  return { ...rest, ...way, flags: rest.flags | flags, ...(oif === anyInterface ? {} : { oif }) }
}
