import { type ListEdit, type ListEvent, sameValue } from '@rtnl/live-table'
import { MessageFlag } from '@rtnl/netlink-core'
import type { Hop } from '../hop.ts'
import type { Route } from '../message.ts'

export type RouteEdit = ListEdit<Route>
export type RouteEvent = ListEvent<Route>

export function has(event: RouteEvent, flag: number): boolean {
  return (event.flags & flag) !== 0
}

/** Whether the kernel added a route under a key that had none. Entries that the list still has were removed silently before. */
export function foundNone(event: RouteEvent): boolean {
  return has(event, MessageFlag.EXCL)
}

/** Returns the edits after which the list has only the entry of the message. */
export function only(length: number): RouteEdit[] {
  const edits: RouteEdit[] = []
  for (let place = length - 1; place > 0; place--) edits.push({ edit: 'remove', place })
  edits.push({ edit: 'replace', place: 0 })
  return edits
}

/** The edits of a list. If they are not `certain`, the routing table has to be relisted. */
export interface RouteEdits {
  readonly edits: readonly RouteEdit[]
  readonly certain: boolean
}

export const unknown: RouteEdits = { edits: [], certain: false }

export function certainly(...edits: readonly RouteEdit[]): RouteEdits {
  return { edits, certain: true }
}

/** Whether two hops lead the same way. Flags do not count: they are a state that changes without a notification. */
export function sameHop(left: Partial<Hop>, right: Partial<Hop>): boolean {
  return (
    left.oif === right.oif &&
    left.gateway === right.gateway &&
    left.via === right.via &&
    left.encapType === right.encapType &&
    left.realms === right.realms &&
    sameValue(left.encap, right.encap)
  )
}
