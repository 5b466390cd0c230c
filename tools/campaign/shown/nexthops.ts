import { json } from '@rtnl/compliance'
import { NexthopFlag } from '@rtnl/netlink-core'
import { type Nexthop, NexthopGroupType } from '@rtnl/nexthop'
import { type Shown, textOf } from './text.ts'

const flagNames = [
  ['dead', NexthopFlag.DEAD],
  ['onlink', NexthopFlag.ONLINK],
  ['pervasive', NexthopFlag.PERVASIVE],
  ['linkdown', NexthopFlag.LINKDOWN],
] as const

/**
 * All nexthop objects as `ip -d -N nexthop` shows them, less the time for which a resilient group has been unbalanced: it runs.
 * `ip` does not print the family, which is that of the gateway.
 */
export function ipNexthops(netns: string): string[] {
  return json<Shown>(netns, 'ip -d -N nexthop').map(({ resilient_args, ...rest }) => {
    if (resilient_args === undefined) return textOf(rest)
    const { unbalanced_time: _, ...lasting } = resilient_args as Shown
    return textOf({ ...rest, resilient_args: lasting })
  })
}

/** Our objects in the same words. */
export function nexthopsAsIpShows(nexthops: readonly Nexthop[], names: ReadonlyMap<number, string>): string[] {
  return nexthops.map((nexthop) => {
    const { id, group, groupType, resGroup, gateway, oif, scope, protocol, flags, blackhole, fdb } = nexthop
    const isResilient = groupType === NexthopGroupType.RES
    return textOf({
      id,
      group: group?.map(({ id: member, weight }) => (weight === 1 ? { id: member } : { id: member, weight })),
      type: isResilient ? 'resilient' : undefined,
      resilient_args: resGroup && {
        buckets: resGroup.buckets,
        idle_timer: (resGroup.idleTimer ?? 0) / 100,
        unbalanced_timer: (resGroup.unbalancedTimer ?? 0) / 100,
      },
      gateway,
      dev: oif === undefined ? undefined : names.get(oif),
      scope: String(scope),
      blackhole: blackhole === true ? null : undefined,
      protocol: String(protocol),
      flags: flagNames.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name),
      fdb: fdb === true ? null : undefined,
    })
  })
}
