import { MessageFlag } from '@rtnl/netlink-core'
import type { Hop, Route } from '@rtnl/route'
import type { Told } from './list-copy.ts'

/** One entry of the kernel's chain: a whole route, or a leg of a multipath route. */
export interface Ipv6Leg {
  readonly type: number
  readonly protocol: number
  readonly oif: number
  readonly gateway?: string
  readonly nhId?: number
  readonly metrics?: { readonly mtu: number }
  readonly pref: number
  readonly weight: number
  /** Learned from a router advertisement, whatever its protocol says. */
  readonly learned?: true
}

const { CREATE, EXCL, APPEND, REPLACE } = MessageFlag

/** Legs are all that have a gateway of their own and were not learned from an advertisement. */
function isLeg(entry: Ipv6Leg): boolean {
  return entry.gateway !== undefined && entry.nhId === undefined && entry.learned === undefined
}

function sameWay(left: Ipv6Leg, right: Ipv6Leg): boolean {
  return (
    left.nhId === right.nhId && (left.nhId !== undefined || (left.oif === right.oif && left.gateway === right.gateway))
  )
}

/** The kernel's chain of IPv6 routes under one key, what it tells of each operation, and what a dump shows. */
export class Ipv6Model {
  #chain: Ipv6Leg[] = []

  get length(): number {
    return this.#chain.length
  }

  /** All legs are one route, in the place of the first; what stands between the first and the last is not shown. */
  dump(): Route[] {
    const shown: Route[] = []
    const legs = this.#chain.filter(isLeg)
    for (let at = 0; at < this.#chain.length; at++) {
      const entry = this.#chain[at]!
      if (isLeg(entry)) {
        shown.push(route(entry, legs))
        at = this.#chain.lastIndexOf(legs.at(-1)!)
      } else shown.push(route(entry, [entry]))
    }
    return shown
  }

  add(entries: readonly Ipv6Leg[]): Told[] {
    return this.#chain.length > 0 ? [] : this.#join(entries, entries.length > 1 ? CREATE : EXCL | CREATE)
  }

  /** Behind all others; refused where one of them goes the same way. */
  append(entries: readonly Ipv6Leg[]): Told[] {
    const [first] = entries as readonly [Ipv6Leg]
    if (entries.length === 1) {
      if (this.#chain.some((other) => sameWay(other, first))) return []
      return this.#join(entries, this.#chain.length === 0 ? EXCL | CREATE | APPEND : CREATE | APPEND)
    }
    const clash = entries.findIndex((entry) => this.#chain.some((other) => sameWay(other, entry)))
    if (clash < 0) return this.#join(entries, CREATE | APPEND)
    // Those before the one that clashes are put in, and taken out again.
    const before = entries.slice(0, clash)
    if (before.length === 0) return []
    return [...this.#join(before, CREATE | APPEND), ...before.flatMap((entry) => this.#drop(entry))]
  }

  /** The first entry of the same nature, a multipath route as a whole; without one, the first entry. */
  replace(entries: readonly Ipv6Leg[]): Told[] {
    const [first, ...rest] = entries as readonly [Ipv6Leg, ...Ipv6Leg[]]
    if (this.#chain.length === 0) return this.#join(entries, entries.length > 1 ? CREATE : EXCL | CREATE)
    const place = Math.max(
      0,
      this.#chain.findIndex((other) => isLeg(other) === isLeg(first)),
    )
    const old = this.#chain[place]!
    const others = this.#chain.filter((other, at) => at !== place && !(isLeg(old) && isLeg(other)))
    const before = this.#chain.slice(0, place).filter((other) => others.includes(other)).length
    this.#chain = [...others.slice(0, before), first, ...others.slice(before), ...rest]
    return [told('new', route(first, entries), REPLACE)]
  }

  /** One entry, found by its way. */
  delete(at: number): Told[] {
    if (this.#chain.length === 0) return []
    return this.#drop(this.#chain[at % this.#chain.length]!)
  }

  /** The first entry; a multipath route as a whole. */
  deleteFirst(): Told[] {
    const [first] = this.#chain
    if (first === undefined) return []
    const gone = isLeg(first) ? this.#chain.filter(isLeg) : [first]
    this.#chain = this.#chain.filter((entry) => !gone.includes(entry))
    return [told('delete', route(first, gone), 0)]
  }

  /** A nexthop object is replaced: every route by it is told anew. */
  replaceNexthop(nhId: number): Told[] {
    return this.#chain
      .filter((entry) => entry.nhId === nhId)
      .map((entry) => told('new', route(entry, [entry]), REPLACE))
  }

  #drop(gone: Ipv6Leg): Told[] {
    const place = this.#chain.indexOf(gone)
    this.#chain = this.#chain.filter((_, at) => at !== place)
    return [told('delete', route(gone, [gone]), 0)]
  }

  /** Of a single new leg the message has the new one first, and what only a route as a whole has is the new one's. */
  #join(entries: readonly Ipv6Leg[], flags: number): Told[] {
    const [first] = entries as readonly [Ipv6Leg]
    this.#chain.push(...entries)
    if (!isLeg(first)) return [told('new', route(first, [first]), flags)]
    const legs = this.#chain.filter(isLeg)
    if (entries.length > 1) return [told('new', route(legs[0]!, legs), flags)]
    return [told('new', route(first, [first, ...legs.slice(0, -1)]), flags)]
  }
}

function told(kind: 'new' | 'delete', entry: Route, flags: number): Told {
  return { kind, flags, entry }
}

/** As it is told or shown: what is not of the legs is of the first. */
function route(first: Ipv6Leg, legs: readonly Ipv6Leg[]): Route {
  const { type, protocol, metrics, pref, nhId, oif, gateway } = first
  const whole = {
    family: 10,
    table: 254,
    dst: '2001:db8::/64',
    tos: 0,
    scope: 0,
    priority: 1024,
    flags: 0,
    type,
    protocol,
    pref,
    ...(metrics === undefined ? {} : { metrics }),
  }
  if (nhId !== undefined) return { ...whole, nhId }
  const multipath = legs.map((leg) => ({ flags: 0, oif: leg.oif, weight: leg.weight, gateway: leg.gateway }) as Hop)
  if (legs.length > 1) return { ...whole, multipath }
  return { ...whole, oif, ...(gateway === undefined ? {} : { gateway }) }
}
