import { type EntryList, sameValue } from '@rtnl/live-table'
import { MessageFlag, RouteProtocol } from '@rtnl/netlink-core'
import type { Hop } from '../hop.ts'
import type { Route } from '../message.ts'
import { certainly, foundNone, has, only, type RouteEdits, type RouteEvent, sameHop, unknown } from './edits.ts'

/**
 * - `leg`: the kernel makes one multipath route of it and the other legs under its key
 * - `plain`: it stands for itself: without a gateway, or with a nexthop object
 * - `unsure`: a gateway learned from a router advertisement, which is no leg, unless a program put it there
 */
type Role = 'leg' | 'plain' | 'unsure'

function roleOf(entry: Route): Role {
  if (entry.nhId !== undefined) return 'plain'
  if (!hopsOf(entry).some((hop) => hop.gateway !== undefined)) return 'plain'
  return entry.protocol === RouteProtocol.RA ? 'unsure' : 'leg'
}

function hopsOf(entry: Route): readonly Partial<Hop>[] {
  return entry.multipath ?? [entry]
}

/**
 * What a notification does to the IPv6 routes of one prefix and priority. The kernel chains routes in the order in which
 * they are added; all legs of a chain are one multipath route. A dump shows it in the place of its first leg and jumps to its
 * last one. So it hides entries between them, and shows them again when the route shrinks. Where legs and other entries may
 * be side by side, only a relist finds out what a dump shows (`fib6_add_rt2node`, `rt6_dump_route`).
 */
export function applyIpv6(list: EntryList<Route>, event: RouteEvent): RouteEdits {
  if (event.kind === 'new' && foundNone(event)) return certainly(...only(list.length))
  const role = roleOf(event.entry)
  if (role === 'plain' && allPlain(list)) return amongPlain(list, event)
  return list.length === 1 ? besideOne(list.entry(0), event, role) : unknown
}

function allPlain(list: EntryList<Route>): boolean {
  for (let place = 0; place < list.length; place++) if (roleOf(list.entry(place)) !== 'plain') return false
  return true
}

function amongPlain(list: EntryList<Route>, event: RouteEvent): RouteEdits {
  const { entry } = event
  if (event.kind === 'delete') {
    const place = findPlain(list, entry)
    return place === undefined ? unknown : certainly({ edit: 'remove', place })
  }
  if (!has(event, MessageFlag.REPLACE)) {
    // The kernel refuses a route that leads the same way. If the list has one, the kernel has removed it silently.
    const isNew = places(list, entry).length === 0
    return isNew ? certainly({ edit: 'insert', place: list.length }) : unknown
  }
  // With a nexthop object the message may also mean that the object was replaced, and the routes are where they were.
  // In a list that is not exact, the first route may have been removed, and another one replaced.
  if (list.length > 1 && (entry.nhId !== undefined || !event.isExact)) return unknown
  return certainly({ edit: 'replace', place: 0 })
}

/** Finds the place by the way. After a replacement two entries may have the same way; then their settings decide. */
function findPlain(list: EntryList<Route>, notified: Route): number | undefined {
  const sameWay = places(list, notified)
  if (sameWay.length < 2) return sameWay[0]
  const same = sameWay.filter((place) => sameSettings(list.entry(place), notified))
  return same.length === 1 ? same[0] : undefined
}

/** The places of the entries that lead the same way. */
function places(list: EntryList<Route>, notified: Route): number[] {
  return Array.from({ length: list.length }, (_, place) => place).filter((place) =>
    samePlain(list.entry(place), notified),
  )
}

function sameSettings(known: Route, notified: Route): boolean {
  return (
    known.protocol === notified.protocol &&
    known.pref === notified.pref &&
    known.prefsrc === notified.prefsrc &&
    sameValue(known.metrics, notified.metrics)
  )
}

function samePlain(known: Route, notified: Route): boolean {
  if (known.nhId !== undefined || notified.nhId !== undefined) return known.nhId === notified.nhId
  return known.type === notified.type && sameHop(known, notified)
}

/** The list has one entry, and it or the one of the message may be a leg. */
function besideOne(known: Route, event: RouteEvent, role: Role): RouteEdits {
  // Entries that were hidden between its legs may come back.
  const single = known.multipath === undefined
  if (event.kind === 'delete') return deleted(known, event.entry)
  if (has(event, MessageFlag.REPLACE)) return { edits: [{ edit: 'replace', place: 0 }], certain: single }
  if (role === 'leg' && roleOf(known) === 'leg') return joined(known, event.entry)
  return { edits: [{ edit: 'insert', place: 1 }], certain: false }
}

/** The message of a new leg has all legs, the new ones first; the route keeps what else it had, and the order. */
function joined(known: Route, notified: Route): RouteEdits {
  const hops = notified.multipath ?? []
  const old = hopsOf(known).map((leg) => hops.find((hop) => sameHop(hop, leg)))
  const kept = old.filter((hop) => hop !== undefined)
  const added = hops.filter((hop) => !kept.includes(hop))
  if (kept.length !== old.length || added.length === 0) return unknown
  // The lifetime runs in the kernel alone: an entry that is made here has none.
  if (known.expires !== undefined) return unknown
  return { edits: [{ edit: 'replace', place: 0, entry: withHops(known, [...kept, ...added]) }], certain: true }
}

function deleted(known: Route, notified: Route): RouteEdits {
  const hops = hopsOf(known)
  const gone = hopsOf(notified)
  const left = hops.filter((hop) => !gone.some((leg) => sameHop(leg, hop)))
  if (left.length !== hops.length - gone.length) return unknown
  if (left.length === 0) return { edits: [{ edit: 'remove', place: 0 }], certain: hops.length === 1 }
  // Each leg has a protocol, metrics and a preference of its own, and the route shows those of the first.
  if (left[0] !== hops[0] || known.expires !== undefined) return unknown
  return { edits: [{ edit: 'replace', place: 0, entry: withHops(known, left as readonly Hop[]) }], certain: false }
}

/** Flags of `struct rtmsg` that are those of the only hop. */
const hopFlags = 0xff

function withHops(entry: Route, hops: readonly Hop[]): Route {
  const { gateway: _, oif: _oif, encap: _encap, encapType: _encapType, multipath: _hops, ...rest } = entry
  const flags = rest.flags & ~hopFlags
  const [first] = hops
  if (hops.length > 1 || first === undefined) return { ...rest, flags, multipath: [...hops] }
  const { weight: _weight, flags: own, ...hop } = first
  return { ...rest, ...hop, flags: flags | own }
}
