import type { Address } from '@rtnl/address'
import type { Dice } from '@rtnl/compliance'
import { AddressFamily, MessageFlag, NexthopFlag } from '@rtnl/netlink-core'
import { type Hop, type Route, RouteType } from '@rtnl/route'
import { addressRequest, dumpOf, type Operation, routeRequest } from './requests.ts'

const { APPEND, CREATE, ECHO, EXCL, REPLACE } = MessageFlag
const family = AddressFamily.INET6

/** A random address or route of IPv6, or the removal of one. */
export function randomIpv6(dice: Dice): Operation {
  const roll = dice.below(20)
  if (roll === 0) return filteredDump(dice)
  return roll < 8 ? randomAddress(dice) : randomRoute(dice)
}

function filteredDump(dice: Dice): Operation {
  const oif = dice.below(3) === 0 ? { oif: index(dice) } : {}
  const table = dice.pick(0, 0, 254, 255, 100, 77)
  const kind = { protocol: dice.pick<number>(0, 2, 4, 84) as 4, type: dice.pick(0, 1, 2, 6) }
  return dumpOf({ family: dice.pick(family, AddressFamily.UNSPEC), table, ...kind, ...oif } as Partial<Route>)
}

function index(dice: Dice): number {
  return dice.pick(10, 11, 12, 10, 11, 20, 1, 30)
}

function randomAddress(dice: Dice): Operation {
  const pair = dice.below(3)
  const address = dice.pick(
    ...[`2001:db8:${pair}::1`, `2001:db8:${pair}::1`, `2001:db8:${pair}::2`, '2001:db8:0:1::1', 'fe80::1'],
    ...(dice.below(4) === 0 ? ['::1', 'ff02::5', '::'] : ['fd00::1']),
  )
  const entry: Partial<Address> = {
    family,
    ifindex: dice.below(3) > 0 ? 10 + pair : index(dice),
    prefixlen: dice.pick(64, 64, 64, 128, 48, dice.below(4) === 0 ? 129 : 64),
    ...(dice.below(30) === 0 ? {} : { address }),
  }
  if (dice.below(3) === 0) return addressRequest(21, 0, entry)
  return addressRequest(20, CREATE | dice.pick(EXCL, EXCL, REPLACE, 0), {
    ...entry,
    ...(dice.below(6) === 0 ? { flags: dice.pick(0x200, 0x2) } : {}),
    ...(dice.below(6) === 0 ? { protocol: 84 } : {}),
  })
}

function gateway(dice: Dice): string {
  const pair = dice.below(3)
  return dice.pick(
    ...[
      `2001:db8:${pair}::${dice.pick(5, 6, 7)}`,
      `2001:db8:${pair}::5`,
      `fe80::${dice.pick(5, 6)}`,
      '2001:db8:0:1::5',
    ],
    ...(dice.below(4) === 0 ? ['2001:db8:9::1', '::1', 'ff02::1', `2001:db8:${pair}::1`] : [`2001:db8:${pair}::6`]),
  )
}

function randomRoute(dice: Dice): Operation {
  const isRemoval = dice.below(4) === 0
  const flags = isRemoval
    ? 0
    : dice.pick(CREATE | EXCL, CREATE | EXCL, CREATE | REPLACE, CREATE | APPEND, CREATE | APPEND, CREATE, REPLACE, 0)
  const { BLACKHOLE, PROHIBIT, UNICAST, UNREACHABLE, THROW } = RouteType
  const type = dice.pick(UNICAST, UNICAST, UNICAST, UNICAST, UNICAST, BLACKHOLE, PROHIBIT, UNREACHABLE, THROW)
  const isReject = type !== UNICAST
  const route: Partial<Route> = {
    family,
    dst: dice.pick(
      ...['::/0', '2001:db8:77::/48', '2001:db8:77::/48', '2001:db8:77:1::/64', '2001:db8:77::7/128'],
      ...['2001:db8:1::/64', '2001:db8::/32'],
    ),
    table: dice.pick(254, 254, 254, 254, 0, 100, 1000),
    type: isRemoval && dice.below(2) === 0 ? 0 : dice.below(60) === 0 ? (14 as 1) : type,
    protocol: isRemoval ? dice.pick(0, 0, 4, 84) : dice.pick(4, 4, 84),
    scope: 0,
    tos: dice.below(50) === 0 ? 16 : 0,
    ...(dice.below(3) === 0 ? { priority: dice.pick(10, 20) } : {}),
    ...(dice.below(8) === 0 ? { prefsrc: dice.pick('2001:db8::1', '2001:db8:1::1', 'fd00::1', '2001:db8:9::9') } : {}),
    ...(dice.below(8) === 0 ? { metrics: { mtu: dice.pick(1400, 9000) } } : {}),
    ...(dice.below(10) < (isReject ? 8 : isRemoval ? 4 : 0) ? {} : way(dice, isReject)),
  }
  return routeRequest(isRemoval ? 25 : 24, flags | dice.pick(0, 0, 0, ECHO), route)
}

function way(dice: Dice, isReject: boolean): Partial<Route> {
  const near = dice.below(3)
  const flags = dice.below(8) === 0 ? NexthopFlag.ONLINK : 0
  switch (dice.below(isReject ? 4 : 6)) {
    case 0:
      return { oif: index(dice) }
    case 1:
      return { gateway: gateway(dice) }
    case 2:
      return { gateway: gateway(dice), oif: index(dice), flags }
    case 3:
      return { gateway: `fe80::${dice.pick(5, 6)}`, oif: 10 + near }
    case 4:
      return { gateway: `2001:db8:${near}::${dice.pick(5, 6)}`, oif: 10 + near }
    default: {
      const legs = Array.from({ length: 1 + dice.below(3) }, () => {
        const leg = dice.below(3)
        const own = dice.below(6) === 0 ? {} : { gateway: dice.pick(`2001:db8:${leg}::5`, 'fe80::5', 'fe80::6') }
        return { flags, oif: 10 + leg, weight: 1 + dice.below(4), ...own } as Hop
      })
      return { multipath: legs }
    }
  }
}
