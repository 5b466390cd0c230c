import { AddressFamily, familyOfText, InvalidValue, NexthopFlag, sameEncapsulation } from '@rtnl/netlink-core'
import type { CheckedFields } from '@rtnl/reconcile/declarations'
import type { Hop } from '../hop.ts'
import type { Route } from '../message.ts'
import { refuse } from './conflicts.ts'

/** The ways of a route, in the form in which they are compared and written. */

/** In the header of a hop, where the kernel is to find the interface of the gateway. */
export const anyInterface = 0

/** Whether an address is the one that stands for none. */
export function isUnspecified(address: string | undefined): boolean {
  return address === '::' || address === '0.0.0.0'
}

interface Way {
  gateway?: string | undefined
  via?: string | undefined
  encap?: Hop['encap'] | undefined
  encapType?: number | undefined
  realms?: number | undefined
}

/** Sets the gateway of a way in the field that its family asks for, and looks at what cannot stand together. */
function finishWay(way: Way, family: number): void {
  const { gateway, via, encap, encapType, realms } = way
  if (gateway !== undefined || via !== undefined) setGateway(way, family)
  if (encapType !== undefined && encap === undefined) {
    throw new InvalidValue(`${encapType} needs encap beside it, which the kernel would leave out`, true).under(
      'encapType',
    )
  }
  if (realms !== undefined && family === AddressFamily.INET6) {
    throw new InvalidValue('only IPv4 routes have them', true).under('realms')
  }
}

function setGateway(way: Way, family: number): void {
  const { gateway, via } = way
  if (gateway !== undefined && via !== undefined) {
    throw new InvalidValue('cannot stand beside gateway', true).under('via')
  }
  const address = gateway ?? via!
  const field = gateway === undefined ? 'via' : 'gateway'
  if (familyOfText(address) === family) {
    if (address === '::') throw new InvalidValue(':: is no gateway').under(field)
    // The kernel takes it for none.
    way.gateway = address === '0.0.0.0' ? undefined : address
    way.via = undefined
    return
  }
  if (family === AddressFamily.INET6) {
    throw new InvalidValue(`${address} is IPv4, which an IPv6 route cannot go by`).under(field)
  }
  if (address === '::') throw new InvalidValue(':: is no gateway').under(field)
  way.gateway = undefined
  way.via = address
}

/** Sets the ways of a route that goes out. One way is not many; its weight says nothing. Throws `InvalidValue`. */
export function setWays(route: CheckedFields<Route>, family: number): void {
  const { multipath: checked } = route
  if (checked === undefined) {
    finishWay(route, family)
    return
  }
  refuse(route, ['gateway', 'via', 'oif', 'encap', 'encapType', 'realms'], 'cannot stand beside multipath')
  if (route.flags !== 0) throw new InvalidValue(`${route.flags}: they belong to the hops of multipath`).under('flags')
  const hops = checked.map((hop, index) => {
    try {
      return finishedHop(hop, family)
    } catch (error) {
      throw error instanceof InvalidValue ? error.under(index).under('multipath') : error
    }
  })
  const [only] = hops
  if (only === undefined) throw new InvalidValue('a multipath route has at least one hop').under('multipath')
  if (hops.length > 1) {
    route.multipath = hops
    return
  }
  const { weight: _, oif, ...way } = only
  Object.assign(route, way, { multipath: undefined, oif: oif === anyInterface ? undefined : oif })
}

function finishedHop(hop: Partial<Hop>, family: number): Hop {
  const way: Way = hop
  finishWay(way, family)
  const { gateway, via, encap, encapType, realms } = way
  const finished: { -readonly [Name in keyof Hop]: Hop[Name] } = {
    flags: hop.flags ?? 0,
    oif: hop.oif ?? anyInterface,
    weight: hop.weight ?? 1,
  }
  if (gateway !== undefined) finished.gateway = gateway
  if (via !== undefined) finished.via = via
  if (encap !== undefined) finished.encap = encap
  if (encapType !== undefined) finished.encapType = encapType
  if (realms !== undefined) finished.realms = realms
  return finished
}

/** Whether the kernel holds the desired hops, in whatever order. */
export function sameWays(desired: Route, actual: Route): boolean {
  const wanted: readonly Partial<Hop>[] = desired.multipath ?? [desired]
  const left: Partial<Hop>[] = [...(actual.multipath ?? [actual])]
  if (wanted.length !== left.length) return false
  for (const way of wanted) {
    const place = left.findIndex((other) => sameWay(way, other, wanted.length > 1))
    if (place < 0) return false
    left.splice(place, 1)
  }
  return true
}

function sameWay(wanted: Partial<Hop>, actual: Partial<Hop>, weighed: boolean): boolean {
  // The kernel finds the interface of a gateway by itself.
  const anywhere = (wanted.oif ?? anyInterface) === anyInterface && (wanted.gateway ?? wanted.via) !== undefined
  return (
    (anywhere || wanted.oif === actual.oif) &&
    wanted.gateway === actual.gateway &&
    wanted.via === actual.via &&
    (!weighed || (wanted.weight ?? 1) === (actual.weight ?? 1)) &&
    (wanted.flags ?? 0) === ((actual.flags ?? 0) & NexthopFlag.ONLINK) &&
    wanted.encapType === actual.encapType &&
    wanted.realms === actual.realms &&
    sameEncapsulation(wanted.encap, actual.encap)
  )
}
