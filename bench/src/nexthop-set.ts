import type { NexthopEntry } from '@rtnl/nexthop'
import type { BenchNamespace } from './bench-namespace.ts'
import { device, firstGateway, gateways } from './route-set.ts'

/** Nexthops 1 to `count`, and `groups` with the ids that follow. */
export interface NexthopSet {
  readonly netns: string
  /** The interface that they lead out of. */
  readonly ifindex: number
  readonly count: number
  readonly groups: number
  readonly protocol: number
}

const membersOfGroup = 10

function gatewayOf(id: number): string {
  return firstGateway.replace(/\d+$/, String(id % gateways))
}

/** Consecutive ones; from the first again where there are no more. */
function membersOf({ count }: NexthopSet, group: number): number[] {
  const members = Math.min(membersOfGroup, count)
  return Array.from({ length: members }, (_, place) => ((group * members + place) % count) + 1)
}

/** @param turned how many gateways further on it leads than at first */
export function nexthopTo({ ifindex }: NexthopSet, id: number, turned = 0): NexthopEntry {
  return { id, gateway: gatewayOf(id + turned), oif: ifindex }
}

/** All of them, as desired entries. */
export function* nexthopsOf(set: NexthopSet): Generator<NexthopEntry, void, undefined> {
  for (let id = 1; id <= set.count; id++) yield nexthopTo(set, id)
  for (let group = 0; group < set.groups; group++) {
    yield { id: set.count + 1 + group, group: membersOf(set, group).map((id) => ({ id, weight: 1 })) }
  }
}

/** Makes all of them by `ip`. */
export async function fillNexthops(namespace: BenchNamespace, set: NexthopSet): Promise<void> {
  function* commands(): Generator<string, void, undefined> {
    for (let id = 1; id <= set.count; id++) {
      yield `nexthop add id ${id} via ${gatewayOf(id)} dev ${device} protocol ${set.protocol}`
    }
    for (let group = 0; group < set.groups; group++) {
      const members = membersOf(set, group).join('/')
      yield `nexthop add id ${set.count + 1 + group} group ${members} protocol ${set.protocol}`
    }
  }
  await namespace.batch('ip', commands())
}
