import { AddressFamily, type MessageCursor } from '@rtnl/netlink-core'
import type { RowBytes, Scope } from '@rtnl/notifier'
import type { RouteFamily } from './check.ts'
import type { Route } from './message.ts'
import { familyOfRow, hasNexthopId, tableOfRow, usesInterface } from './row.ts'

const ENOENT = 2
const ENODEV = 19

/**
 * The kernel ends a dump of one family at a route that it cannot show as if there were no more (Linux 6.9 and later); a
 * dump of all families fails. The routes of IPv4 come first in it.
 */
export function isNoIpv4({ view, body }: MessageCursor): boolean {
  return view.getUint8(body) !== AddressFamily.INET
}

/** The parts of the routes of one family that can be in doubt; all routes, or those of one table. */
export class RouteScopes {
  readonly family: RouteFamily
  readonly whole: Scope<Route>
  readonly #table: number | undefined

  constructor(family: RouteFamily, table: number | undefined) {
    this.family = family
    this.#table = table
    this.whole = table === undefined ? this.#part('all', {}, () => true) : this.ofTable(table)
  }

  ofTable(table: number): Scope<Route> {
    const scope = this.#part(`table ${table}`, { table }, (row) => tableOfRow(row) === table)
    // So the kernel says that it has made no such table yet.
    return { ...scope, missing: [ENOENT] }
  }

  /** Routes that go out of an interface by themselves, not by a nexthop object. */
  ofInterface(ifindex: number): Scope<Route> {
    const scope = this.#part(`oif ${ifindex}`, { oif: ifindex }, (row) => usesInterface(row, ifindex))
    // With its interface an IPv4 route is gone as a whole. Of an IPv6 route the hops by other interfaces are left, and
    // there is no asking for those alone.
    const missing = [ENODEV, ENOENT]
    return this.family === AddressFamily.INET ? { ...scope, missing } : { ...scope, missing, instead: this.whole }
  }

  /** Routes by nexthop objects. The kernel has no filter for them. */
  get byNexthops(): Scope<Route> {
    return { ...this.#part('nexthops', {}, hasNexthopId), missing: [ENOENT] }
  }

  #part(name: string, filter: Partial<Route>, covers: (row: RowBytes) => boolean): Scope<Route> {
    const { family } = this
    const table = this.#table === undefined ? {} : { table: this.#table }
    return {
      name: `${family} ${name}`,
      ...(family === AddressFamily.INET
        ? { request: { ...table, ...filter }, until: isNoIpv4 }
        : { request: { family, ...table, ...filter } }),
      coversRow: (row) => familyOfRow(row) === family && covers(row),
      // A dump walks the tree of an IPv6 table, and misses or doubles what has not changed when that is rebuilt.
      dumps: family === AddressFamily.INET ? 'complete' : 'quiet',
      concerns: ({ view, body }: MessageCursor) => view.getUint8(body) === family,
    }
  }
}
