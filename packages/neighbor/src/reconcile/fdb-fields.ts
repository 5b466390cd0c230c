import { InvalidValue } from '@rtnl/netlink-core'
import { flagSet, refused } from '@rtnl/reconcile/declarations'
import { NeighborFlag, NeighborState } from '../constants.ts'
import { additively } from './fields.ts'

/** What forwarding entries of vxlans and of bridges share. */

/** States by the names of `bridge`, as it asks for them. */
export const fdbState = flagSet({
  written: {
    static: NeighborState.NOARP | NeighborState.REACHABLE,
    permanent: NeighborState.NOARP | NeighborState.PERMANENT,
    dynamic: NeighborState.REACHABLE,
    reachable: NeighborState.REACHABLE,
    noarp: NeighborState.NOARP,
  },
})

export const noProtocol = refused('the kernel keeps none of forwarding entries')

/** Whether an entry has the form of owned forwarding entries. */
export function isStatic(state: number, flags: number): boolean {
  const lasting = state & (NeighborState.NOARP | NeighborState.PERMANENT)
  return lasting === NeighborState.NOARP && (flags & NeighborFlag.EXT_LEARNED) === 0
}

/** Refuses entries of another form: the kernel keeps no protocol of forwarding entries, so their form says whose they are. */
export function requireStatic(state: number, flags: number): void {
  if (isStatic(state, flags)) return
  if ((flags & NeighborFlag.EXT_LEARNED) !== 0) {
    throw new InvalidValue(`${flags} has extern_learn (16), by which an entry is not ours; ${additively}`).under(
      'flags',
    )
  }
  throw new InvalidValue(`${state} does not mark an entry as ours, as static (66) does; ${additively}`).under('state')
}
