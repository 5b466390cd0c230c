import {
  AddressFamily,
  addressBytes,
  formatIpv4,
  formatIpv6,
  InvalidValue,
  NexthopFlag,
  sameEncapsulation,
} from '@rtnl/netlink-core'
import type { Hop } from '../hop.ts'
import type { Route } from '../message.ts'

/** The ways of a route, in the form in which they are compared and written. */

interface CanonicalAddress {
  readonly family: number
  readonly address: string
}

/** In the header of a hop, where the kernel is to find the interface of the gateway. */
export const anyInterface = 0

/** Most routes go by few gateways. */
const known = new Map<string, CanonicalAddress>()
const mostKnown = 1024

/** Canonical text of an address. Throws `InvalidValue`. */
export function canonicalAddress(text: string): CanonicalAddress {
  const found = known.get(text)
  if (found !== undefined) return found
  const bytes = addressBytes(text)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const made =
    bytes.length === 4
      ? { family: AddressFamily.INET, address: formatIpv4(view, 0) }
      : { family: AddressFamily.INET6, address: formatIpv6(view, 0) }
  if (known.size === mostKnown) known.clear()
  known.set(text, made)
  return made
}

interface Way {
  readonly gateway?: string | undefined
  readonly via?: string | undefined
  readonly oif?: number | undefined
  readonly flags?: number | undefined
}

type NormalWay = { -readonly [Name in keyof Way]?: Way[Name] }

/**
 * Sets the gateway of a way in the field that its family asks for, its interface, and no flag that only the kernel sets.
 * @param family of the route
 */
export function setWay(way: NormalWay, { gateway, via, oif, flags = 0 }: Way, family: number): void {
  if (gateway !== undefined && via !== undefined)
    throw new InvalidValue('cannot stand beside gateway', true).under('via')
  way.flags = flags & NexthopFlag.ONLINK
  const text = gateway ?? via
  if (text !== undefined) setGateway(way, text, family, gateway === undefined ? 'via' : 'gateway')
  if (oif === undefined) return
  if (!Number.isInteger(oif) || oif < 1) throw new InvalidValue(`${String(oif)} is no interface index`).under('oif')
  way.oif = oif
}

function setGateway(way: NormalWay, text: string, family: number, field: string): void {
  const gate = canonicalOf(text, field)
  if (gate.family === family) way.gateway = gate.address
  else if (family === AddressFamily.INET) way.via = gate.address
  else throw new InvalidValue(`${gate.address} is IPv4, which an IPv6 route cannot go by`).under(field)
}

function canonicalOf(text: string, field: string): CanonicalAddress {
  try {
    return canonicalAddress(text)
  } catch (error) {
    throw error instanceof InvalidValue ? error.under(field) : error
  }
}

/** The ways of a route; one that does not go out has none. */
export function waysOf(route: Route): readonly Partial<Hop>[] {
  return route.multipath ?? [route]
}

/** Whether the kernel holds the ways that are wanted, in whatever order. */
export function sameWays(desired: Route, actual: Route): boolean {
  const wanted = waysOf(desired)
  const left = [...waysOf(actual)]
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
