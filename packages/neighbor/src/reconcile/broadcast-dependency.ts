import { type Link, LinkTable } from '@rtnl/link'
import { openTable } from '@rtnl/live-table'
import { AddressFamily } from '@rtnl/netlink-core'
import { type Condition, type ConditionDependency, type Need, nameOf } from '@rtnl/reconcile/declarations'
import type { Neighbor } from '../message.ts'
import { type BroadcastRoute, broadcastRoutes } from './broadcast-routes.ts'

/** `RT_TABLE_LOCAL` */
const localTable = 255

/**
 * That the IPv4 address of a neighbour is no broadcast address (`unicast 10.0.0.5`). The kernel looks that up in the table
 * of local addresses, or in that of the VRF that the interface is in, whichever interface has the address
 * (`arp_constructor` in net/ipv4/arp.c).
 * @param ifindex of the interface of the neighbours
 */
export function noBroadcast(ifindex: number): Condition<Neighbor> {
  return {
    dependency: broadcastDependency(ifindex),
    field: 'dst',
    needOf: ({ family, dst = '' }) => (family === AddressFamily.INET ? needOfUnicast(dst) : undefined),
    keyOf: (need) => ({ family: AddressFamily.INET, ifindex, dst: nameOf(need) }),
    refusal: (need) => `${nameOf(need)} is a broadcast address, which can have no neighbour`,
  }
}

function needOfUnicast(address: string): Need {
  return `unicast ${address}`
}

function broadcastDependency(ifindex: number): ConditionDependency {
  return {
    kinds: ['unicast'],
    async follow(notifier, changed, signal) {
      const links = await LinkTable.open({ notifier, signal })
      const routes = await openTable(broadcastRoutes, { notifier, signal }).catch((error: unknown) => {
        links.close()
        throw error
      })
      const addresses = new BroadcastAddresses(ifindex, changed)
      for (const link of links) addresses.linkChanged(undefined, link)
      for (const route of routes) addresses.routeChanged(undefined, route)
      links.observe((old, next) => addresses.linkChanged(old, next))
      routes.observe((old, next) => addresses.routeChanged(old, next))
      return {
        isMet: (need) => !addresses.has(nameOf(need)),
        *unmet() {
          for (const address of addresses) yield needOfUnicast(address)
        },
        describe: (need) => `${nameOf(need)} to be no broadcast address any more`,
        fresh: () => routes.waitForSync(),
        close() {
          routes.close()
          links.close()
        },
      }
    },
  }
}

/** Broadcast addresses in the table in which the kernel looks up those of neighbours of an interface. */
class BroadcastAddresses implements Iterable<string> {
  readonly #ifindex: number
  readonly #changed: (need: Need) => void
  readonly #byTable = new Map<number, Set<string>>()
  readonly #tableOfVrf = new Map<number, number>()
  #master: number | undefined
  #table = localTable

  constructor(ifindex: number, changed: (need: Need) => void) {
    this.#ifindex = ifindex
    this.#changed = changed
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#of(this.#table)[Symbol.iterator]()
  }

  has(address: string): boolean {
    return this.#of(this.#table).has(address)
  }

  routeChanged(old: BroadcastRoute | undefined, next: BroadcastRoute | undefined): void {
    const { table = localTable, dst = '' } = next ?? old ?? {}
    const known = this.#of(table)
    if (known.has(dst) === (next !== undefined)) return
    if (next === undefined) known.delete(dst)
    else known.add(dst)
    this.#byTable.set(table, known)
    if (table === this.#table) this.#changed(needOfUnicast(dst))
  }

  linkChanged(old: Link | undefined, next: Link | undefined): void {
    const link = next ?? old
    if (link === undefined) return
    const { ifindex } = link
    const table = next?.vrf?.table
    if (table === undefined) this.#tableOfVrf.delete(ifindex)
    else this.#tableOfVrf.set(ifindex, table)
    if (ifindex === this.#ifindex) this.#master = next?.master
    this.#look()
  }

  /** The interface may have moved to another table. */
  #look(): void {
    const before = this.#table
    const ofMaster = this.#master === undefined ? undefined : this.#tableOfVrf.get(this.#master)
    this.#table = this.#tableOfVrf.get(this.#ifindex) ?? ofMaster ?? localTable
    if (this.#table === before) return
    for (const address of new Set([...this.#of(before), ...this.#of(this.#table)])) {
      this.#changed(needOfUnicast(address))
    }
  }

  #of(table: number): Set<string> {
    return this.#byTable.get(table) ?? new Set()
  }
}
