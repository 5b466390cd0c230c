import { Dice } from '@rtnl/compliance'
import { AddressFamily, MessageFlag, NexthopFlag, RouteScope } from '@rtnl/netlink-core'
import type { Nexthop } from '@rtnl/nexthop'
import { type Route, RouteType } from '@rtnl/route'
import { bridge, bridges, randomBridge } from './random-bridges.ts'
import { randomIpv6 } from './random-ipv6.ts'
import { randomNeighbor } from './random-neighbors.ts'
import { randomRule } from './random-rules.ts'
import {
  addressRequest,
  createPair,
  deleteLink,
  dumpOf,
  nexthopDump,
  nexthopRequest,
  type Operation,
  routeRequest,
  setUp,
  unmaskedRoute,
} from './requests.ts'

const { APPEND, CREATE, ECHO, EXCL, REPLACE } = MessageFlag
const pairs = [0, 1, 2]
const indexes = [1, 10, 11, 12, 20, 21, 22, ...bridges]

/** Random requests of which the kernel takes about half. */
export class Generator {
  readonly #dice: Dice

  readonly #ipv6: boolean

  constructor(seed: number, ipv6: boolean) {
    this.#ipv6 = ipv6
    this.#dice = new Dice(seed)
  }

  /** What a sequence begins with: pairs with addresses, most of them up. */
  start(): Operation[] {
    const operations = [setUp(1, true, 16)]
    for (const pair of pairs) {
      operations.push(this.#pair(pair), setUp(10 + pair, true, 16), setUp(20 + pair, true, 19))
      operations.push(
        addressRequest(20, CREATE | EXCL, {
          ifindex: 10 + pair,
          prefixlen: 24,
          local: `10.0.${pair}.1`,
          address: `10.0.${pair}.1`,
        }),
      )
    }
    if (!this.#ipv6) for (const each of bridges) operations.push(bridge(each), setUp(each, true, 16))
    return operations
  }

  next(): Operation {
    if (this.#dice.below(12) === 0) return randomRule(this.#dice)
    if (!this.#ipv6 && this.#dice.below(6) === 0) return randomBridge(this.#dice)
    if (this.#dice.below(8) === 0) return randomNeighbor(this.#dice)
    if (this.#ipv6 && this.#dice.below(5) < 2) return randomIpv6(this.#dice)
    const roll = this.#dice.below(100)
    if (roll < 3) return this.#pair(this.#dice.pick(...pairs))
    if (roll < 5) return this.#filteredDump()
    if (roll < 6) return deleteLink(this.#dice.pick(1, 10, 11, 12, 20, 21, 22, 30, ...bridges))
    if (roll < 18) return this.#upOrDown()
    if (roll < 33) return this.#address()
    if (roll < 60) return this.#nexthop()
    return this.#route()
  }

  #filteredDump(): Operation {
    const dice = this.#dice
    if (dice.below(3) === 0)
      return nexthopDump(dice.pick<Partial<Nexthop>>({ family: 2 }, { family: 10 }, { groups: true }))
    const table = dice.pick(0, 0, 254, 100, 1000, 255, 77)
    const oif = dice.below(3) === 0 ? { oif: this.#index() } : {}
    return dumpOf({ table, protocol: dice.pick(0, 0, 2, 4, 84), type: dice.pick(0, 0, 1, 2, 6), ...oif })
  }

  #pair(pair: number): Operation {
    const end = (ifindex: number, ifname: string) => ({ ifindex, ifname, address: `02:00:00:00:00:${ifindex}` })
    return createPair(end(10 + pair, `a${pair}`), end(20 + pair, `b${pair}`))
  }

  #upOrDown(): Operation {
    const dice = this.#dice
    const isUp = dice.below(3) > 0
    const index = isUp || dice.below(8) === 0 ? dice.pick(...indexes, 30) : dice.pick(...indexes.slice(1))
    return setUp(index, isUp, dice.pick(16, 19))
  }

  #address(): Operation {
    const dice = this.#dice
    const pair = dice.below(4)
    const local = dice.pick(
      `10.0.${pair}.${1 + dice.below(4)}`,
      `10.0.${pair}.${1 + dice.below(4)}`,
      '10.9.9.9',
      '127.0.0.1',
    )
    const prefixlen = dice.pick(24, 24, 24, 25, 32, 31, 8, 0)
    const ifindex = dice.pick(...indexes, 10 + pair, 10 + pair, 10 + pair, 30)
    const address = dice.below(6) === 0 ? `10.0.${dice.below(4)}.${1 + dice.below(4)}` : local
    const common = { ifindex, prefixlen, local, address }
    if (dice.below(5) < 2) {
      const isWhole = dice.below(4) > 0
      return addressRequest(21, 0, isWhole ? common : { ifindex, local })
    }
    return addressRequest(20, CREATE | dice.pick(EXCL, EXCL, REPLACE, 0) | dice.pick(0, 0, ECHO), {
      ...common,
      scope: dice.pick(0, 0, 0, 0, RouteScope.LINK, RouteScope.HOST),
      ...(dice.below(3) === 0
        ? { broadcast: dice.pick(`10.0.${pair}.255`, `10.0.${pair}.127`, '10.255.255.255') }
        : {}),
      ...(dice.below(6) === 0 ? { flags: 0x200 } : {}),
      ...(dice.below(6) === 0 ? { protocol: 84 } : {}),
    })
  }

  #gateway(): string {
    const dice = this.#dice
    return dice.pick(`10.0.${dice.below(3)}.${1 + dice.below(8)}`, `10.0.${dice.below(4)}.5`, '192.0.2.1')
  }

  #index(): number {
    const dice = this.#dice
    return dice.pick(10, 11, 12, 10, 11, 12, 20, 1, 30)
  }

  #nexthop(): Operation {
    const dice = this.#dice
    const flags =
      dice.pick(CREATE | EXCL, CREATE, CREATE | REPLACE, CREATE | REPLACE, REPLACE, 0) | dice.pick(0, 0, ECHO)
    const id = 1 + dice.below(8)
    const protocol = dice.pick(0, 84, 186)
    const roll = dice.below(20)
    if (roll < 5) {
      const header = dice.below(10) === 0 ? { protocol: 84 } : {}
      return nexthopRequest(105, dice.pick(0, ECHO), { id: dice.pick(id, 10 + dice.below(4), 0), ...header })
    }
    if (roll < 12) return nexthopRequest(104, flags, { id, protocol, ...this.#single() })
    const members = Array.from({ length: 1 + dice.below(3) }, () => dice.pick(1, 2, 3, 4, 5, 6, 7, 8, 10))
    const group = [...new Set(members)].map((member) => ({ id: member, weight: 1 + dice.below(300) }))
    const odd = dice.below(15) === 0 ? dice.pick<Partial<Nexthop>>({ family: 2 }, { oif: 10 }, { blackhole: true }) : {}
    return nexthopRequest(104, flags, { id: dice.pick(10, 11, 12, 13, id), protocol, group, ...odd })
  }

  #single(): Partial<Nexthop> {
    const dice = this.#dice
    const family = dice.below(30) === 0 ? 0 : AddressFamily.INET
    const roll = dice.below(12)
    if (roll === 0) return { family, blackhole: true }
    if (roll === 1) return { family, blackhole: true, oif: 10 }
    if (roll === 2) return { family, gateway: this.#gateway() }
    if (roll < 5) return { family, oif: this.#index() }
    const flags = dice.pick(0, 0, 0, NexthopFlag.ONLINK, NexthopFlag.DEAD)
    const near = dice.below(3)
    if (roll < 10) return { family, flags, oif: 10 + near, gateway: `10.0.${near}.${1 + dice.below(8)}` }
    return { family, flags, oif: this.#index(), ...(dice.below(5) === 0 ? {} : { gateway: this.#gateway() }) }
  }

  #route(): Operation {
    const dice = this.#dice
    const isRemoval = dice.below(4) === 0
    const flags = isRemoval
      ? 0
      : dice.pick(CREATE | EXCL, CREATE | EXCL, CREATE | REPLACE, CREATE | APPEND, CREATE, REPLACE)
    const type = isRemoval ? 25 : 24
    const prefix = dice.pick(
      '0.0.0.0/0',
      '192.0.2.0/24',
      '192.0.2.0/25',
      '198.51.100.0/24',
      '198.51.100.7/32',
      '10.0.0.0/24',
    )
    const kind = dice.pick(
      ...[RouteType.UNICAST, RouteType.UNICAST, RouteType.UNICAST, RouteType.UNICAST, RouteType.UNICAST],
      ...[RouteType.BLACKHOLE, RouteType.UNREACHABLE, RouteType.PROHIBIT, RouteType.THROW, RouteType.LOCAL],
      ...[RouteType.BROADCAST, RouteType.MULTICAST, RouteType.UNSPEC, RouteType.NAT],
    )
    const route: Partial<Route> = {
      dst: prefix,
      table: dice.pick(254, 254, 254, 254, 0, 100, 1000, 255, 253),
      type: isRemoval && dice.below(2) === 0 ? 0 : kind,
      scope: isRemoval ? dice.pick(255, 255, 0, 253) : dice.pick(0, 0, 0, 0, 253, 254, 255),
      protocol: isRemoval ? dice.pick(0, 0, 4, 84) : dice.pick(4, 4, 84),
      tos: dice.pick(0, 0, 0, 0, 0, 0, 0, 0x10, 1),
      ...(dice.below(3) === 0 ? { priority: dice.pick(10, 20) } : {}),
      ...(dice.below(5) === 0
        ? { prefsrc: dice.pick('10.0.0.1', '10.0.1.1', '10.0.0.2', '127.0.0.5', '10.0.9.9') }
        : {}),
      ...this.#way(kind, isRemoval),
    }
    if (dice.below(40) === 0) return unmaskedRoute(type, flags, route, dice.pick(8, 20, 33))
    return routeRequest(type, flags | dice.pick(0, 0, 0, ECHO), route)
  }

  #way(kind: number, isRemoval: boolean): Partial<Route> {
    const dice = this.#dice
    const isError = kind >= RouteType.BLACKHOLE
    if (dice.below(10) < (isError ? 8 : isRemoval ? 5 : 1)) return {}
    const mtu = dice.below(6) === 0 ? { metrics: { mtu: dice.pick(1400, 9000) } } : {}
    const near = dice.below(3)
    const flags = dice.pick(0, 0, 0, NexthopFlag.ONLINK, dice.below(5) === 0 ? NexthopFlag.DEAD : 0)
    switch (dice.below(6)) {
      case 0:
        return { oif: this.#index(), ...mtu }
      case 1:
        return { nhId: dice.pick(1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13) }
      case 2:
        return { gateway: this.#gateway(), ...mtu }
      case 3:
        return { gateway: this.#gateway(), oif: this.#index(), flags: flags & ~NexthopFlag.DEAD }
      case 4:
        return {
          multipath: Array.from({ length: 1 + dice.below(3) }, () => {
            const leg = dice.below(3)
            const gateway = dice.below(6) === 0 ? {} : { gateway: `10.0.${leg}.${2 + dice.below(4)}` }
            return {
              flags,
              oif: dice.below(10) === 0 ? this.#index() : 10 + leg,
              weight: 1 + dice.below(4),
              ...gateway,
            }
          }),
          ...mtu,
        }
      default:
        return { gateway: `10.0.${near}.${2 + dice.below(4)}`, oif: 10 + near, ...mtu }
    }
  }
}
