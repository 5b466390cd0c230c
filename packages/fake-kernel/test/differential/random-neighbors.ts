import type { Dice } from '@rtnl/compliance'
import { type Neighbor, NeighborFlag, NeighborState } from '@rtnl/neighbor'
import { AddressFamily, MessageFlag } from '@rtnl/netlink-core'
import { neighborDump, neighborRequest, type Operation } from './requests.ts'

const { APPEND, CREATE, EXCL, REPLACE } = MessageFlag
const { EXT_LEARNED, PROXY, ROUTER } = NeighborFlag
const { NONE, INCOMPLETE, REACHABLE, STALE, FAILED, NOARP, PERMANENT } = NeighborState

/** A random neighbour, its removal, or a question for one or some. */
export function randomNeighbor(dice: Dice): Operation {
  const ifindex = dice.pick(10, 10, 10, 11, 11, 20, 0, 30)
  const roll = dice.below(20)
  if (roll === 0) return neighborDump(filter(dice, ifindex))
  const isIpv4 = dice.below(12) > 0
  const family = dice.below(40) === 0 ? dice.pick<number>(0, 5) : isIpv4 ? AddressFamily.INET : AddressFamily.INET6
  const dst = isIpv4
    ? dice.pick('10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.1', '10.0.0.255', '224.0.0.5', '10.0.1.2', '10.9.9.9')
    : dice.pick('2001:db8::2', 'fe80::2')
  const key: Partial<Neighbor> = {
    family: family as Neighbor['family'],
    ifindex,
    ...(dice.below(25) === 0 ? {} : { dst: dice.below(40) === 0 ? '10.0.0.9' : dst }),
    ...(dice.below(6) === 0 ? { flags: PROXY } : {}),
  }
  if (roll < 3) return neighborRequest(30, 0, { ...key, ...(dice.below(8) === 0 ? { state: STALE } : {}) })
  if (roll < 8) return neighborRequest(29, 0, key)
  const flags = CREATE | dice.pick(EXCL, EXCL, REPLACE, REPLACE, REPLACE, APPEND, 0)
  return neighborRequest(28, dice.below(8) === 0 ? REPLACE : flags, {
    ...key,
    state: dice.pick(PERMANENT, PERMANENT, REACHABLE, STALE, STALE, NOARP, NONE, INCOMPLETE, FAILED),
    ...(dice.below(6) === 0 ? {} : { lladdr: dice.pick('02:00:00:00:00:aa', '02:00:00:00:00:bb') }),
    ...(dice.below(40) === 0 ? { lladdr: '02:00:00' } : {}),
    ...(key.flags === undefined && dice.below(3) === 0 ? { flags: dice.pick(EXT_LEARNED, ROUTER) } : {}),
    ...(dice.below(4) === 0 ? { protocol: dice.pick<number>(84, 186) as 186 } : {}),
  })
}

function filter(dice: Dice, ifindex: number): Partial<Neighbor> {
  const family = dice.pick(AddressFamily.UNSPEC, AddressFamily.INET, AddressFamily.INET6)
  switch (dice.below(5)) {
    case 0:
      return { family, viaIfindex: ifindex }
    case 1:
      return { family, flags: PROXY }
    case 2:
      return { family, flags: EXT_LEARNED }
    case 3:
      return { family, ifindex }
    default:
      return { family, state: PERMANENT }
  }
}
