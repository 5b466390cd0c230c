import { DerivedRows, DerivedTable } from '@rtnl/live-table'
import { AddressFamily, RouteProtocol, RouteScope } from '@rtnl/netlink-core'
import { type Route, RouteTableId, RouteType } from '@rtnl/route'
import { stamp } from './clock.ts'

/** The routes of a node: a table as a kernel has it, which a program changes. */
export class FakeRoutes {
  readonly table: DerivedTable<Route, Route>
  readonly #rows: DerivedRows<Route>
  readonly #count: number
  #next = 0

  constructor(count: number) {
    this.#count = count
    this.#rows = new DerivedRows<Route>({ name: 'route', ref() {}, unref() {} })
    this.table = new DerivedTable(this.#rows, keyOf, () => 'live')
    for (let place = 0; place < count; place++) this.#set(place)
  }

  /** Changes the next route, one after the other. */
  change(): void {
    this.#set(this.#next++ % this.#count)
  }

  /** A route says in its realms when it was changed. */
  #set(place: number): void {
    const route: Route = {
      family: AddressFamily.INET,
      tos: 0,
      protocol: RouteProtocol.BGP,
      scope: RouteScope.UNIVERSE,
      type: RouteType.UNICAST,
      flags: 0,
      table: RouteTableId.MAIN,
      dst: `10.${place >> 8}.${place & 0xff}.0/24`,
      priority: 20,
      gateway: `192.0.2.${1 + (place % 200)}`,
      oif: 3,
      realms: stamp(),
    }
    this.#rows.set(keyOf(route), route, 'notification')
  }
}

function keyOf({ table, dst, priority }: Route): string {
  return `${table} ${dst} ${priority}`
}

/** A number for a route of a node that changes with it. */
export function hashOf(node: string, { dst, gateway, realms }: Partial<Route>): number {
  let hash = 0x811c9dc5
  for (const character of `${node} ${dst} ${gateway} ${realms}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  }
  return hash >>> 0
}
