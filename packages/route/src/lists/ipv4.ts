import { type EntryList, sameValue } from '@rtnl/live-table'
import { MessageFlag, NexthopFlag } from '@rtnl/netlink-core'
import type { Hop } from '../hop.ts'
import type { Route } from '../message.ts'
import {
  certainly,
  foundNone,
  has,
  only,
  type RouteEdit,
  type RouteEdits,
  type RouteEvent,
  sameHop,
  unknown,
} from './edits.ts'

/**
 * What a notification does to the IPv4 routes of one prefix, tos and priority. The kernel keeps them in a list, and the
 * flags of the message say where a new one went (`fib_table_insert`).
 */
export function applyIpv4(list: EntryList<Route>, event: RouteEvent): RouteEdits {
  const { entry } = event
  if (event.kind === 'delete') {
    const place = find(list, (known) => sameRoute(known, entry))
    return place < 0 ? unknown : certainly({ edit: 'remove', place })
  }
  if (foundNone(event)) return certainly(...only(list.length))
  return has(event, MessageFlag.REPLACE) ? replaced(list, event) : inserted(list, event)
}

/** The kernel refuses a route that exists. If the list has the new route, the kernel removed that one silently before. */
function inserted(list: EntryList<Route>, event: RouteEvent): RouteEdits {
  const gone = find(list, (known) => sameRoute(known, event.entry))
  const removals: RouteEdit[] = gone < 0 ? [] : [{ edit: 'remove', place: gone }]
  const place = has(event, MessageFlag.APPEND) ? list.length - removals.length : 0
  return certainly(...removals, { edit: 'insert', place })
}

/**
 * A replace request replaces the first route of the list. But the kernel sends the same message for every route of a nexthop
 * object that was replaced, and then the routes with its id keep their places.
 */
function replaced(list: EntryList<Route>, { entry, isExact }: RouteEvent): RouteEdits {
  const edits: RouteEdit[] = []
  if (entry.nhId !== undefined) {
    for (let place = 0; place < list.length; place++) {
      if (refreshes(list.entry(place), entry)) edits.push({ edit: 'replace', place })
    }
  }
  if (edits.length === 0) edits.push({ edit: 'replace', place: 0 })
  // With several routes the first one may have been removed, and another one replaced.
  return { edits, certain: isExact || list.length === 1 }
}

function refreshes(known: Route, notified: Route): boolean {
  return (
    known.nhId === notified.nhId &&
    known.protocol === notified.protocol &&
    known.scope === notified.scope &&
    known.prefsrc === notified.prefsrc &&
    sameValue(known.metrics, notified.metrics)
  )
}

/** Whether the kernel means the same entry. What it derives from a nexthop object, and the state of hops, do not count. */
function sameRoute(left: Route, right: Route): boolean {
  if (left.nhId !== right.nhId || !refreshes(left, right)) return false
  if (left.nhId !== undefined) return true
  return left.type === right.type && sameWay(left, right) && sameHops(left.multipath, right.multipath)
}

/** Whether two hops lead the same way. Of the flags only onlink counts, the one that a request sets. */
function sameWay(left: Partial<Hop>, right: Partial<Hop>): boolean {
  return sameHop(left, right) && (((left.flags ?? 0) ^ (right.flags ?? 0)) & NexthopFlag.ONLINK) === 0
}

function sameHops(left: Route['multipath'], right: Route['multipath']): boolean {
  if (left === undefined || right === undefined) return left === right
  return (
    left.length === right.length &&
    left.every((hop, index) => hop.weight === right[index]?.weight && sameWay(hop, right[index] ?? {}))
  )
}

function find(list: EntryList<Route>, matches: (entry: Route) => boolean): number {
  for (let place = 0; place < list.length; place++) if (matches(list.entry(place))) return place
  return -1
}
