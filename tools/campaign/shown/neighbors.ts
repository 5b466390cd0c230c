import { dumpNeighbors, NeighborFlag, NeighborState, NeighborType } from '@rtnl/neighbor'
import { Connection } from '@rtnl/netlink-core'
import { ipNeighbors } from '../../../packages/neighbor/test/support/shown.ts'
import { textOf } from './text.ts'

/**
 * The neighbours that `ip` shows, less those in the state NOARP for addresses that need no resolution (multicast, broadcast,
 * local), which the kernel makes by itself and in silence. `ip` does not print the type of an address; a dump has it. What was
 * learned from elsewhere was added by a program, also for addresses that became local, as all of a prefix of `lo` are.
 */
export async function neighborsOfIp(netns: string): Promise<string[]> {
  const silent = new Set<string>()
  using connection = await Connection.open({ netns })
  for await (const batch of dumpNeighbors(connection)) {
    for (const { ifindex, dst, state, flags, type } of batch) {
      const isLearned = (flags & NeighborFlag.EXT_LEARNED) !== 0
      if (state === NeighborState.NOARP && !isLearned && type !== NeighborType.UNICAST) silent.add(`${ifindex} ${dst}`)
    }
  }
  return ipNeighbors(netns)
    .filter(({ ifindex, dst }) => !silent.has(`${ifindex} ${dst}`))
    .map(textOf)
}
