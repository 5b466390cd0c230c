import { Errno, MessageFlag, MulticastGroup, NexthopFlag } from '@rtnl/netlink-core'
import { RouteMessage, routeMessage } from '@rtnl/route'
import type { FakeLink } from '../links/link.ts'
import { byItself, type Origin, type Output } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { canBeLeg, type Fib6Tables, type Route6 } from './fib6-table.ts'
import { route6Entry } from './route6-entry.ts'

const { APPEND, CREATE, EXCL, REPLACE } = MessageFlag
const { DEAD, LINKDOWN } = NexthopFlag

/** How a route is put in. */
export interface Insertion {
  /** Flags of the request; the kernel's own ones have `NLM_F_CREATE`. */
  readonly requested: number
  readonly origin: Origin
  /** It is announced with others. */
  readonly isSilent?: boolean
}

/** The IPv6 routes: adds, replaces and removes them, and says so. */
export class Fib6 {
  readonly tables: Fib6Tables
  readonly #output: Output

  constructor(tables: Fib6Tables, output: Output) {
    this.tables = tables
    this.#output = output
  }

  /**
   * Puts a route in (`fib6_add_rt2node`).
   * @throws {Refusal} the kernel does not take it
   */
  add(route: Route6, { requested, origin, isSilent = false }: Insertion): void {
    const { table, destination, length } = route
    const isReplacing = (requested & REPLACE) !== 0
    const present = this.tables.chain(table, destination, length) ?? []
    if (present.length === 0 && isReplacing && (requested & CREATE) === 0) {
      const words = 'Can not replace route - no match found'
      throw new Refusal(Errno.ENOENT, this.tables.hasNode(table, destination, length) ? '' : words)
    }
    const alike = present.filter(({ metric }) => metric === route.metric)
    if (alike.length > 0 && (requested & EXCL) !== 0) throw new Refusal(Errno.EEXIST)
    const chain = this.tables.makeChain(table, destination, length)
    if (isReplacing) {
      const old = alike.find((other) => canBeLeg(other) === canBeLeg(route)) ?? alike[0]
      if (old !== undefined) {
        const gone = canBeLeg(old) ? alike.filter(canBeLeg) : [old]
        chain[chain.indexOf(old)] = route
        for (const other of gone) if (chain.includes(other)) chain.splice(chain.indexOf(other), 1)
        if (!isSilent) this.announce(RouteMessage.NEW, route, { flags: REPLACE, origin })
        return
      }
      if ((requested & CREATE) === 0) throw new Refusal(Errno.ENOENT)
    } else if (alike.some((other) => isSameWay(other, route))) {
      throw new Refusal(Errno.EEXIST)
    }
    const behind = chain.findIndex(({ metric }) => metric > route.metric)
    chain.splice(behind < 0 ? chain.length : behind, 0, route)
    const isFirst = alike.length === 0 ? EXCL : 0
    if (!isSilent) this.announce(RouteMessage.NEW, route, { flags: isFirst | CREATE | (requested & APPEND), origin })
  }

  /** Removes one way. */
  remove(route: Route6, origin: Origin): void {
    this.tables.remove(route)
    this.announce(RouteMessage.DEL, route, { flags: 0, origin })
  }

  /** Removes a route with all its legs, and announces it as a whole. */
  removeWhole(route: Route6, origin: Origin): void {
    const legs = fromLeg(this.tables.legsOf(route), route)
    for (const leg of legs) this.tables.remove(leg)
    this.#notify(RouteMessage.DEL, route, legs, { flags: 0, origin })
  }

  /** Announces a route with its legs, itself first. */
  announce(type: number, route: Route6, how: { flags: number; origin: Origin }): void {
    this.#notify(type, route, fromLeg(this.tables.legsOf(route), route), how)
  }

  /**
   * The routes of a table as a dump shows them, each with its legs. What stands between the legs of a route is left out: the
   * kernel goes on behind the last one.
   */
  shown(table: number): Route6[][] {
    return this.tables.chains(table).flatMap((chain) => {
      const shown: Route6[][] = []
      for (let at = 0; at < chain.length; at++) {
        const route = chain[at]
        if (route === undefined) continue
        const legs = this.tables.legsOf(route)
        shown.push(legs)
        at = Math.max(...legs.map((leg) => chain.indexOf(leg)))
      }
      return shown
    })
  }

  /** Removes the routes over an interface that goes down or is deleted (`fib6_ifdown`). */
  takeDown(link: FakeLink, isDeleted: boolean): void {
    for (const table of this.tables.inOrder()) {
      for (const chain of this.tables.chains(table)) {
        if (isDeleted) for (const route of chain.filter((each) => each.link === link)) this.remove(route, byItself)
        else this.#takeDownChain([...chain], link)
      }
    }
  }

  /** Notes that an interface has lost its carrier. Nothing of it is announced. */
  loseCarrier(link: FakeLink): void {
    for (const route of this.#over(link)) if (!route.isLocal) route.flags |= LINKDOWN
  }

  /** Takes marks away from the ways over an interface (`rt6_sync_up`). */
  bringUp(link: FakeLink, mark: number): void {
    const marks = mark === DEAD && link.hasCarrier ? DEAD | LINKDOWN : mark
    for (const route of this.#over(link)) route.flags &= ~marks
  }

  /**
   * Takes an address that has gone from the routes that had it as preferred source. Nothing of it is announced.
   * @param isLeft whether it is still an address for a route over an interface
   */
  loseSource(source: bigint, isLeft: (link: FakeLink) => boolean): void {
    for (const table of this.tables.inOrder()) {
      for (const route of this.tables.chains(table).flat()) {
        if (route.source === source && !isLeft(route.link)) route.source = undefined
      }
    }
  }

  /** What stands between the legs of a route that stays is left alone: the kernel goes on behind the last one. */
  #takeDownChain(chain: readonly Route6[], link: FakeLink): void {
    const flushed = new Set<Route6>()
    for (let at = 0; at < chain.length; at++) {
      const route = chain[at]
      if (route === undefined) continue
      const legs = flushed.has(route) ? [route] : this.tables.legsOf(route)
      const over = legs.filter((leg) => leg.link === link)
      const isGone = over.length > 0 && legs.every((leg) => leg.link === link || (leg.flags & DEAD) !== 0)
      if (isGone || flushed.has(route)) {
        for (const leg of legs) flushed.add(leg)
        this.remove(route, byItself)
      } else if (legs.length > 1) {
        for (const leg of over) leg.flags |= DEAD | LINKDOWN
        at = Math.max(...legs.map((leg) => chain.indexOf(leg)))
      }
    }
  }

  #over(link: FakeLink): Route6[] {
    const all = this.tables.inOrder().flatMap((table) => this.tables.chains(table).flat())
    return all.filter((route) => route.link === link)
  }

  #notify(
    type: number,
    route: Route6,
    legs: readonly Route6[],
    { flags, origin }: { flags: number; origin: Origin },
  ): void {
    this.#output.notify(MulticastGroup.IPV6_ROUTE, routeMessage, { type, flags, origin }, route6Entry(route, legs))
  }
}

/** The kernel has the legs in a ring, and shows them from one on. */
function fromLeg(legs: readonly Route6[], first: Route6): Route6[] {
  const at = Math.max(legs.indexOf(first), 0)
  return [...legs.slice(at), ...legs.slice(0, at)]
}

function isSameWay(one: Route6, other: Route6): boolean {
  return one.link === other.link && (one.gateway ?? 0n) === (other.gateway ?? 0n)
}
