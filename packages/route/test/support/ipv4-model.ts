import { sameValue } from '@rtnl/live-table'
import { MessageFlag, NexthopFlag } from '@rtnl/netlink-core'
import { type Route, RouteType } from '@rtnl/route'
import type { Told } from './list-copy.ts'

/** What a program asks for. Routes by a nexthop object have the type that the object gives them. */
export interface Ipv4Wish {
  readonly type: number
  readonly protocol: number
  readonly prefsrc?: string
  readonly metrics?: { readonly mtu: number }
  readonly gateway?: string
  readonly oif?: number
  readonly onlink?: true
  readonly nhId?: number
}

const { CREATE, EXCL, APPEND, REPLACE } = MessageFlag

/** The kernel's list of IPv4 routes under one key, and what it tells of each operation. */
export class Ipv4Model {
  #list: Ipv4Wish[] = []
  /** Nexthop objects that are blackholes. */
  readonly #blackholes = new Set<number>()
  /** State that no message tells: `RTNH_F_LINKDOWN`. */
  #flags = 0

  dump(): Route[] {
    return this.#list.map((wish) => this.#shown(wish))
  }

  add(wish: Ipv4Wish): Told[] {
    return this.#list.length > 0 ? [] : this.#first(wish)
  }

  append(wish: Ipv4Wish): Told[] {
    if (this.#list.length === 0) return this.#first(wish)
    if (this.#has(wish)) return []
    this.#list.push(wish)
    return [this.#told('new', wish, CREATE | APPEND)]
  }

  prepend(wish: Ipv4Wish): Told[] {
    if (this.#list.length === 0) return this.#first(wish)
    if (this.#has(wish)) return []
    this.#list.unshift(wish)
    return [this.#told('new', wish, CREATE)]
  }

  /** The first of the list, whatever it is; refused, or nothing, where the list has such a route already. */
  replace(wish: Ipv4Wish): Told[] {
    if (this.#list.length === 0) return this.#first(wish)
    if (this.#has(wish)) return []
    this.#list[0] = wish
    return [this.#told('new', wish, REPLACE)]
  }

  /** The one at a place, found by its content. */
  delete(at: number): Told[] {
    if (this.#list.length === 0) return []
    const [gone] = this.#list.splice(at % this.#list.length, 1)
    return [this.#told('delete', gone!, 0)]
  }

  /** A nexthop object becomes a blackhole or is none any more: every route by it is told anew. */
  replaceNexthop(nhId: number, blackhole: boolean): Told[] {
    if (blackhole) this.#blackholes.add(nhId)
    else this.#blackholes.delete(nhId)
    return this.#list.filter((wish) => wish.nhId === nhId).map((wish) => this.#told('new', wish, REPLACE))
  }

  /** With a nexthop object its routes go, and nobody tells. */
  loseNexthop(nhId: number): Told[] {
    this.#list = this.#list.filter((wish) => wish.nhId !== nhId)
    return []
  }

  /** The carrier of all links goes or comes, of which routes tell nothing. */
  toggleCarrier(): Told[] {
    this.#flags ^= 16
    return []
  }

  #first(wish: Ipv4Wish): Told[] {
    this.#list = [wish]
    return [this.#told('new', wish, EXCL | CREATE)]
  }

  #has(wish: Ipv4Wish): boolean {
    return this.#list.some((other) => sameValue(other, wish))
  }

  #told(kind: 'new' | 'delete', wish: Ipv4Wish, flags: number): Told {
    return { kind, flags, entry: this.#shown(wish) }
  }

  #shown({ onlink, ...wish }: Ipv4Wish): Route {
    const blackhole = wish.nhId !== undefined && this.#blackholes.has(wish.nhId)
    return {
      family: 2,
      table: 254,
      dst: '192.0.2.0/24',
      tos: 0,
      scope: 0,
      ...wish,
      type: blackhole ? RouteType.BLACKHOLE : wish.type,
      flags: (wish.oif === undefined ? 0 : this.#flags) | (onlink ? NexthopFlag.ONLINK : 0),
    }
  }
}
