import { Errno, MessageFlag, MulticastGroup } from '@rtnl/netlink-core'
import { RouteMessage, routeMessage } from '@rtnl/route'
import type { FakeNexthop } from '../nexthops/nexthop.ts'
import { byItself, type Origin, type Output } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { createInfo, type RouteWorld } from './create-info.ts'
import type { FibConfig } from './fib-config.ts'
import type { FibInfo } from './fib-info.ts'
import { compareRoutes, type FibRoute, type FibTables } from './fib-table.ts'
import { matchesConfig } from './match.ts'
import { routeEntry } from './route-entry.ts'

const { APPEND, CREATE, EXCL, REPLACE } = MessageFlag

/** The IPv4 routes: adds, replaces and removes them, and says so. */
export class Fib {
  readonly #world: RouteWorld
  readonly #output: Output
  /** Those in use, the last one first. */
  #infos: FibInfo[] = []

  constructor(world: RouteWorld, output: Output) {
    this.#world = world
    this.#output = output
  }

  get tables(): FibTables {
    return this.#world.tables
  }

  /** What routes have in common. */
  infos(): readonly FibInfo[] {
    return this.#infos
  }

  /** @throws {Refusal} the kernel does not take the route */
  add(config: FibConfig, requested: number, origin: Origin): void {
    this.tables.make(config.table)
    const info = createInfo(this.#world, this.#infos, config)
    const { table, destination, length, tos, type } = config
    const route: FibRoute = { table, destination, length, tos, type, info }
    const routes = this.tables.routes(table)
    const alike = routes.filter((other) => compareRoutes(other, route) === 0)
    const equal = alike.find((other) => other.type === type && other.info === info)
    const [first] = alike
    let flags: number = EXCL
    if (first !== undefined) {
      if ((requested & EXCL) !== 0) throw new Refusal(Errno.EEXIST)
      flags = 0
      if ((requested & REPLACE) !== 0) {
        if (equal === first) return
        if (equal !== undefined) throw new Refusal(Errno.EEXIST)
        this.tables.replace(first, route)
        this.#hold(info)
        this.#release(first.info)
        this.#notify(RouteMessage.NEW, route, { flags: REPLACE, origin })
        return
      }
      if (equal !== undefined) throw new Refusal(Errno.EEXIST)
      if ((requested & APPEND) !== 0) flags = APPEND
    }
    if ((requested & CREATE) === 0) throw new Refusal(Errno.ENOENT)
    const after = (other: FibRoute): boolean => compareRoutes(other, route) > 0
    const place = first === undefined || flags === APPEND ? routes.findIndex(after) : routes.indexOf(first)
    this.tables.insert(route, place < 0 ? routes.length : place)
    this.#hold(info)
    this.#notify(RouteMessage.NEW, route, { flags: flags | CREATE, origin })
  }

  /** @throws {Refusal} there is no such route */
  remove(config: FibConfig, origin: Origin): void {
    if (!this.tables.has(config.table)) throw new Refusal(Errno.ESRCH, 'FIB table does not exist')
    const route = this.tables.routes(config.table).find((candidate) => matchesConfig(candidate, config))
    if (route === undefined) throw new Refusal(Errno.ESRCH)
    this.tables.remove(route)
    this.#notify(RouteMessage.DEL, route, { flags: 0, origin })
    this.#release(route.info)
  }

  /** Removes the routes that are dead, and announces those alone whose source went. */
  flush(): void {
    for (const table of this.tables.inOrder()) {
      const dead = this.tables.routes(table).filter(({ info }) => info.isDead())
      for (const route of inOppositeOrder(dead)) {
        this.tables.remove(route)
        if (route.info.hasLostSource) this.#notify(RouteMessage.DEL, route, { flags: 0, origin: byItself })
        this.#release(route.info)
      }
    }
  }

  /** Announces the routes of a nexthop object that has become another. */
  announce(nexthop: FakeNexthop, origin: Origin): void {
    for (const table of this.tables.inOrder()) {
      const routes = this.tables.routes(table).filter(({ info }) => info.nexthop === nexthop)
      for (const route of inOppositeOrder(routes)) this.#notify(RouteMessage.NEW, route, { flags: REPLACE, origin })
    }
  }

  #hold(info: FibInfo): void {
    if (this.#infos.includes(info)) return
    this.#infos.unshift(info)
    info.nexthop?.infos.unshift(info)
  }

  #release(info: FibInfo): void {
    if (info.uses > 0) return
    this.#infos = this.#infos.filter((other) => other !== info)
    const own = info.nexthop?.infos
    own?.splice(own.indexOf(info), 1)
  }

  #notify(type: number, route: FibRoute, { flags, origin }: { flags: number; origin: Origin }): void {
    this.#output.notify(MulticastGroup.IPV4_ROUTE, routeMessage, { type, flags, origin }, routeEntry(route))
  }
}

/** The kernel walks its tree backwards here: the routes to one address stay in their order. */
function inOppositeOrder(routes: readonly FibRoute[]): FibRoute[] {
  return [...routes].sort((a, b) => b.destination - a.destination)
}
