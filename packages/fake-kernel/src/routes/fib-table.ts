import { NexthopFlag, RouteScope } from '@rtnl/netlink-core'
import { RouteTableId } from '@rtnl/route'
import { maskOf } from '../ipv4.ts'
import type { FibInfo, FibPath } from './fib-info.ts'
import { errnoOfType } from './route-types.ts'

/** A route in a table (`struct fib_alias`). */
export interface FibRoute {
  readonly table: number
  readonly destination: number
  readonly length: number
  readonly tos: number
  readonly type: number
  readonly info: FibInfo
}

/** What a packet to a gateway asks. */
export interface FibQuestion {
  readonly destination: number
  /** Routes of a smaller scope do not count. */
  readonly scope: number
  /** 0 for any. */
  readonly oif: number
}

export type FibAnswer = { readonly route: FibRoute; readonly path: FibPath } | { readonly errno: number }

/** The routing tables, and in each the routes in the order in which the kernel has them. */
export class FibTables {
  /** By id, in the order in which they were made. */
  readonly #tables = new Map<number, FibRoute[]>()
  /** The kernel has the local table and the main one in one tree, until somebody changes the rules. */
  #isShared = true

  has(table: number): boolean {
    return this.#tables.has(table)
  }

  /** The kernel makes a table when something is to be written into it, and the main table with the local one. */
  make(table: number): FibRoute[] {
    if (table === RouteTableId.LOCAL && this.#isShared) this.make(RouteTableId.MAIN)
    const routes = this.#tables.get(table) ?? []
    this.#tables.set(table, routes)
    return routes
  }

  routes(table: number): readonly FibRoute[] {
    return this.#tables.get(table) ?? []
  }

  /** Makes the table of the smallest id that there is none of, and returns the id. */
  makeFree(): number {
    let table = 1
    while (this.has(table)) table++
    this.make(table)
    return table
  }

  /** Separates the local table from the main one, which changes what is found in either. */
  separate(): void {
    this.#isShared = false
  }

  /** As the kernel walks its tables: by the low byte of the id, the newest first. */
  inOrder(): number[] {
    const ids = [...this.#tables.keys()].reverse()
    return ids.sort((a, b) => (a & 0xff) - (b & 0xff))
  }

  /** Puts a route before the one at an index of `routes(table)`. */
  insert(route: FibRoute, index: number): void {
    route.info.uses++
    this.make(route.table).splice(index, 0, route)
  }

  replace(old: FibRoute, route: FibRoute): void {
    const routes = this.make(old.table)
    route.info.uses++
    old.info.uses--
    routes[routes.indexOf(old)] = route
  }

  remove(route: FibRoute): void {
    const routes = this.make(route.table)
    route.info.uses--
    routes.splice(routes.indexOf(route), 1)
  }

  /** What a table says of a destination. */
  lookup(table: number, question: FibQuestion): FibAnswer {
    const isShared = this.#isShared && (table === RouteTableId.MAIN || table === RouteTableId.LOCAL)
    const ids = isShared ? [RouteTableId.LOCAL, RouteTableId.MAIN] : [table]
    const routes = ids
      .flatMap((id) => this.routes(id))
      .filter(({ destination, length }) => ((destination ^ question.destination) & maskOf(length)) === 0)
      .sort((a, b) => b.length - a.length || b.table - a.table)
    for (const route of routes) {
      const { info, tos, type } = route
      if (tos !== 0 || info.scope < question.scope) continue
      const errno = errnoOfType(type)
      if (errno !== 0) return { errno }
      if (info.nexthop?.isBlackhole() === true) return { errno: errnoOfType(6) }
      if (info.isDead()) continue
      const path = pathsOf(info).find(
        ({ flags, oif }) => (flags & NexthopFlag.DEAD) === 0 && (question.oif === 0 || oif === question.oif),
      )
      if (path !== undefined) return { route, path }
    }
    return { errno: errnoOfType(9) }
  }
}

/** The ways of a route, of its nexthop object where it has one. */
export function pathsOf({ nexthop, paths }: FibInfo): readonly FibPath[] {
  return nexthop === undefined ? paths : nexthop.paths()
}

/** The order of routes: by prefix, then the larger TOS, then the smaller priority. */
export function compareRoutes(a: FibRoute, b: FibRoute): number {
  const byPrefix = a.destination - b.destination || b.length - a.length
  return byPrefix || b.tos - a.tos || a.info.priority - b.info.priority
}

/** The scope that a gateway is looked up with, for a route of a scope. */
export function scopeOfGateway(scope: number): number {
  return Math.max(scope + 1, RouteScope.LINK)
}
