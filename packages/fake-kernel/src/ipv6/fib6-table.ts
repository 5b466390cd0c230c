import { NexthopFlag } from '@rtnl/netlink-core'
import { RouteTableId } from '@rtnl/route'
import type { FakeLink } from '../links/link.ts'
import { ipv6Mask } from './ipv6.ts'

/** A route of IPv6: one way (`struct fib6_info`). Ways of one prefix and metric with gateways are one route for people. */
export interface Route6 {
  readonly table: number
  readonly destination: bigint
  readonly length: number
  readonly metric: number
  readonly type: number
  readonly protocol: number
  /** Packets go nowhere (`RTF_REJECT`). */
  readonly isReject: boolean
  /** It is an address of the namespace (`RTF_LOCAL`): a carrier does not matter. */
  readonly isLocal: boolean
  readonly link: FakeLink
  readonly gateway: bigint | undefined
  readonly weight: number
  /** 0 for none. */
  readonly mtu: number
  source: bigint | undefined
  /** `RTNH_F_*` */
  flags: number
}

/** Where a packet goes. */
export interface Question6 {
  readonly destination: bigint
  /** 0 for any. */
  readonly oif: number
}

/** Whether it can be a leg of one route with others (`rt6_qualify_for_ecmp`). */
export function canBeLeg({ gateway }: Route6): boolean {
  return gateway !== undefined
}

/** The routing tables, and in each the routes in the order in which the kernel has them. */
export class Fib6Tables {
  /** By id, in the order in which they were made. */
  readonly #tables = new Map<number, Map<string, Route6[]>>([
    [RouteTableId.LOCAL, new Map()],
    [RouteTableId.MAIN, new Map()],
  ])

  has(table: number): boolean {
    return this.#tables.has(table)
  }

  make(table: number): void {
    if (!this.has(table)) this.#tables.set(table, new Map())
  }

  /** As the kernel walks its tables: by the low byte of the id, the newest first. */
  inOrder(): number[] {
    const ids = [...this.#tables.keys()].reverse()
    return ids.sort((a, b) => (a & 0xff) - (b & 0xff))
  }

  /** The routes to one prefix, in order; undefined if there is none. */
  chain(table: number, destination: bigint, length: number): Route6[] | undefined {
    return this.#tables.get(table)?.get(keyOf(destination, length))
  }

  /** The routes to one prefix, to be changed. */
  makeChain(table: number, destination: bigint, length: number): Route6[] {
    this.make(table)
    const chain = this.chain(table, destination, length) ?? []
    this.#tables.get(table)?.set(keyOf(destination, length), chain)
    return chain
  }

  /** Whether the tree of a table has a node for a prefix: the root, one with routes, or one where longer prefixes part. */
  hasNode(table: number, destination: bigint, length: number): boolean {
    if (length === 0) return true
    const bits = new Set<bigint>()
    for (const [first] of this.chains(table)) {
      if (first === undefined || first.length < length) continue
      if (((first.destination ^ destination) & ipv6Mask(length)) !== 0n) continue
      if (first.length === length) return true
      bits.add((first.destination >> BigInt(127 - length)) & 1n)
    }
    return bits.size === 2
  }

  /** The routes to each prefix of a table: longer prefixes before those that they are within. */
  chains(table: number): Route6[][] {
    const all = [...(this.#tables.get(table)?.values() ?? [])].filter(({ length }) => length > 0)
    return all.sort(([a], [b]) => (a === undefined || b === undefined ? 0 : compare(a, b)))
  }

  /** The ways that are one route with this one, in order. */
  legsOf(route: Route6): Route6[] {
    if (!canBeLeg(route)) return [route]
    const chain = this.chain(route.table, route.destination, route.length) ?? []
    const legs = chain.filter((other) => other.metric === route.metric && canBeLeg(other))
    return legs.includes(route) ? legs : [route]
  }

  remove(route: Route6): void {
    const chain = this.chain(route.table, route.destination, route.length)
    if (chain?.includes(route)) chain.splice(chain.indexOf(route), 1)
  }

  /**
   * What a table says of a destination (`fib6_table_lookup`): the longest prefix of which a way can be taken.
   * @param strict ways over another interface do not count
   */
  lookup(table: number, { destination, oif }: Question6, strict: boolean): Route6 | undefined {
    const found = this.chains(table)
      .filter(([first]) => first !== undefined && contains(first, destination))
      .sort(([a], [b]) => (b?.length ?? 0) - (a?.length ?? 0))
    for (const chain of found) {
      const usable = chain.filter(
        ({ flags, link }) => (flags & NexthopFlag.DEAD) === 0 && (!strict || oif === 0 || link.ifindex === oif),
      )
      const best = usable.filter(({ metric }) => metric === usable[0]?.metric)
      const route = best.find(({ link }) => oif === 0 || link.ifindex === oif) ?? best[0]
      if (route !== undefined) return route
    }
    return undefined
  }
}

function keyOf(destination: bigint, length: number): string {
  return `${destination}/${length}`
}

function contains({ destination, length }: Route6, address: bigint): boolean {
  return ((destination ^ address) & ipv6Mask(length)) === 0n
}

function compare(a: Route6, b: Route6): number {
  if (a.length !== b.length && contains(a.length < b.length ? a : b, (a.length < b.length ? b : a).destination)) {
    return b.length - a.length
  }
  return a.destination < b.destination ? -1 : 1
}
