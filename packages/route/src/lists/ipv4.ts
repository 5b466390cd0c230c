import { MessageFlag } from '@rtnl/netlink-core'
import { type EntryList, sameValue } from '@rtnl/notifier'
import type { Route } from '../message.ts'
import { foundNone, has, only, type RouteEdit, type RouteEvent, sameHop } from './edits.ts'

/**
 * What a notification does to the IPv4 routes of one prefix, tos and priority. The kernel keeps them in a list, and the
 * flags of the message say where a new one went (`fib_table_insert`).
 */
export function applyIpv4(list: EntryList<Route>, event: RouteEvent): RouteEdit[] | undefined {
  if (event.kind === 'delete') {
    const place = find(list, (entry) => sameRoute(entry, event.entry))
    return place < 0 ? undefined : [{ edit: 'remove', place }]
  }
  if (foundNone(event)) return only(list.length)
  if (has(event, MessageFlag.REPLACE)) return replaced(list, event.entry)
  return [{ edit: 'insert', place: has(event, MessageFlag.APPEND) ? list.length : 0 }]
}

/**
 * A route that is replaced is the first of the list, whatever that is. But the kernel says the same of every route of a
 * nexthop object that was replaced, and then the routes with its id are where they were.
 */
function replaced(list: EntryList<Route>, entry: Route): RouteEdit[] {
  const refreshed: RouteEdit[] = []
  if (entry.nhId !== undefined) {
    for (let place = 0; place < list.length; place++) {
      if (refreshes(list.entry(place), entry)) refreshed.push({ edit: 'replace', place })
    }
  }
  return refreshed.length > 0 ? refreshed : [{ edit: 'replace', place: 0 }]
}

function refreshes(known: Route, told: Route): boolean {
  return (
    known.nhId === told.nhId &&
    known.protocol === told.protocol &&
    known.scope === told.scope &&
    known.prefsrc === told.prefsrc &&
    sameValue(known.metrics, told.metrics)
  )
}

/** Whether the kernel means the same entry. What it derives from a nexthop object, and the state of hops, do not count. */
function sameRoute(left: Route, right: Route): boolean {
  if (left.nhId !== right.nhId || !refreshes(left, right)) return false
  if (left.nhId !== undefined) return true
  return left.type === right.type && sameHop(left, right) && sameHops(left.multipath, right.multipath)
}

function sameHops(left: Route['multipath'], right: Route['multipath']): boolean {
  if (left === undefined || right === undefined) return left === right
  return (
    left.length === right.length &&
    left.every((hop, index) => hop.weight === right[index]?.weight && sameHop(hop, right[index] ?? {}))
  )
}

function find(list: EntryList<Route>, matches: (entry: Route) => boolean): number {
  for (let place = 0; place < list.length; place++) if (matches(list.entry(place))) return place
  return -1
}
