import { sameValue } from '@rtnl/live-table'
import type { NexthopGroupMember } from './group.ts'
import type { Nexthop } from './message.ts'

/** A nexthop for forwarding entries: the address of a tunnel endpoint. */
export interface FdbGateway {
  /** Id of the nexthop. */
  readonly id: number
  /** IP address of the endpoint. */
  readonly gateway: string
  /** Only a group has one. */
  readonly group?: undefined
}

/** A group of them. */
export interface FdbGroup {
  /** Id of the nexthop. */
  readonly id: number
  /** Only a single nexthop has one. */
  readonly gateway?: undefined
  /** Members, in the kernel's order. */
  readonly group: readonly NexthopGroupMember[]
}

/** A nexthop object that forwarding entries (`bridge fdb`) may use, with nothing but what matters to them. */
export type FdbNexthop = FdbGateway | FdbGroup

/**
 * A nexthop as forwarding entries see it.
 * @returns `undefined` for one that is not for them: without the fdb flag, or with neither gateway nor group
 */
export function fdbNexthop({ id, fdb, gateway, group }: Nexthop): FdbNexthop | undefined {
  if (id === undefined || fdb === undefined) return undefined
  if (gateway !== undefined) return { id, gateway }
  return group === undefined ? undefined : { id, group }
}

/** Those of some nexthops, of a `NexthopTable` for instance, that are for forwarding entries. */
export function* fdbNexthops(nexthops: Iterable<Nexthop>): Generator<FdbNexthop, void, undefined> {
  for (const nexthop of nexthops) {
    const seen = fdbNexthop(nexthop)
    if (seen !== undefined) yield seen
  }
}

export function sameFdbNexthop(left: FdbNexthop | undefined, right: FdbNexthop | undefined): boolean {
  return sameValue(left, right)
}
