import type { Dice } from '@rtnl/compliance'
import { type Neighbor, NeighborFlag, NeighborState } from '@rtnl/neighbor'
import { AddressFamily, MessageFlag } from '@rtnl/netlink-core'
import { createBridge, forwardingRequest, neighborDump, type Operation, setMaster } from './requests.ts'

const { APPEND, CREATE, EXCL, REPLACE } = MessageFlag
const { EXT_LEARNED, MASTER, SELF, STICKY } = NeighborFlag
const { NONE, REACHABLE, NOARP, PERMANENT } = NeighborState
export const bridges = [40, 41]

export function bridge(ifindex: number): Operation {
  return createBridge({ ifindex, ifname: `br${ifindex}`, address: `02:00:00:00:00:${ifindex}` })
}

/** A random change of a bridge, or of what it forwards. Ends of pairs that are no ports are left alone: nothing is learned. */
export function randomBridge(dice: Dice): Operation {
  const roll = dice.below(24)
  if (roll < 1) return bridge(dice.pick(...bridges))
  if (roll < 6) {
    const ifindex = dice.below(12) === 0 ? dice.pick(1, 40, 30) : dice.pick(10, 11, 12)
    return setMaster(ifindex, dice.pick(40, 40, 40, 41, 41, 0, 0, 30, 1, 20), dice.pick(16, 19))
  }
  const ifindex = dice.below(10) === 0 ? dice.pick(0, 30, 1, 20) : dice.pick(10, 10, 11, 12, 40, 41)
  const isBridge = bridges.includes(ifindex)
  const lladdr = dice.pick(
    ...['02:00:00:00:00:aa', '02:00:00:00:00:bb', '02:00:00:00:00:cc', '02:00:00:00:00:dd', '02:00:00:00:00:ee'],
    ...['02:00:00:00:00:10', '02:00:00:00:00:11', '02:00:00:00:00:40', '01:00:5e:00:00:05', '00:00:00:00:00:00'],
  )
  const key: Partial<Neighbor> = {
    ifindex,
    flags: isBridge ? dice.pick(SELF, SELF, SELF, SELF, MASTER, 0) : dice.pick(MASTER, MASTER, MASTER, 0),
    ...(dice.below(30) === 0 ? {} : { lladdr }),
  }
  if (roll < 8) {
    const byMaster = dice.below(3) === 0 ? { ifindex: dice.pick(0, 0, 0, 10), master: dice.pick(40, 41, 20, 30) } : {}
    return forwardingRequest(30, 0, { ...key, ...byMaster, ...(dice.below(9) === 0 ? { state: NOARP } : {}) })
  }
  if (roll < 10) return neighborDump(filter(dice, ifindex))
  if (roll < 14) return forwardingRequest(29, 0, key)
  const flags = CREATE | dice.pick(EXCL, EXCL, REPLACE, REPLACE, APPEND, 0)
  return forwardingRequest(28, dice.below(8) === 0 ? REPLACE : flags, {
    ...key,
    state: isBridge
      ? dice.pick(PERMANENT, PERMANENT, PERMANENT, NOARP)
      : dice.pick(PERMANENT, NOARP, NOARP, REACHABLE, REACHABLE, REACHABLE, NONE),
    ...(dice.below(4) === 0 ? { flags: (key.flags ?? 0) | dice.pick(EXT_LEARNED, EXT_LEARNED, STICKY) } : {}),
  })
}

function filter(dice: Dice, ifindex: number): Partial<Neighbor> {
  const family = AddressFamily.BRIDGE
  switch (dice.below(5)) {
    case 0:
      return { family, viaIfindex: ifindex }
    case 1:
      return { family, ifindex }
    case 2:
      return { family, master: dice.pick(40, 41, 30) }
    case 3:
      return { family, ifindex, master: 40 }
    default:
      return { family, state: PERMANENT }
  }
}
