import { AddressFamily, addressBytes, formatIpv4, formatIpv6, InvalidValue, NexthopFlag } from '@rtnl/netlink-core'
import { sameValue } from '@rtnl/notifier'
import type { Hop } from '../hop.ts'
import type { Route } from '../message.ts'

/** The ways of a route, in the form in which they are compared and written. */

/** Canonical text of an address. Throws `InvalidValue`. */
export function canonicalAddress(text: string): { family: number; address: string } {
  const bytes = addressBytes(text)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return bytes.length === 4
    ? { family: AddressFamily.INET, address: formatIpv4(view, 0) }
    : { family: AddressFamily.INET6, address: formatIpv6(view, 0) }
}

type Way = Pick<Partial<Hop>, 'gateway' | 'via' | 'oif' | 'flags' | 'encap' | 'encapType' | 'realms'>

/**
 * The gateway of a way in the field that its family asks for, and no flag that only the kernel sets.
 * @param family of the route
 */
export function normalWay<W extends Way>(way: W, family: number): W {
  const { gateway, via, flags, ...rest } = way
  if (gateway !== undefined && via !== undefined)
    throw new InvalidValue('cannot stand beside gateway', true).under('via')
  const field = gateway === undefined ? 'via' : 'gateway'
  const text = gateway ?? via
  const gate = text === undefined ? {} : gateField(text, family, field)
  if (way.oif !== undefined && (!Number.isInteger(way.oif) || way.oif < 1)) {
    throw new InvalidValue(`${String(way.oif)} is no interface index`).under('oif')
  }
  return { ...rest, ...gate, flags: (flags ?? 0) & NexthopFlag.ONLINK } as W
}

function gateField(text: string, family: number, field: string): { gateway: string } | { via: string } {
  const gate = canonicalOf(text, field)
  if (gate.family === family) return { gateway: gate.address }
  if (family === AddressFamily.INET) return { via: gate.address }
  throw new InvalidValue(`${gate.address} is IPv4, which an IPv6 route cannot go by`).under(field)
}

function canonicalOf(text: string, field: string): { family: number; address: string } {
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
  const anywhere = wanted.oif === undefined && (wanted.gateway ?? wanted.via) !== undefined
  return (
    (anywhere || wanted.oif === actual.oif) &&
    wanted.gateway === actual.gateway &&
    wanted.via === actual.via &&
    (!weighed || (wanted.weight ?? 1) === (actual.weight ?? 1)) &&
    (wanted.flags ?? 0) === ((actual.flags ?? 0) & NexthopFlag.ONLINK) &&
    wanted.encapType === actual.encapType &&
    wanted.realms === actual.realms &&
    sameValue(wanted.encap, actual.encap)
  )
}
