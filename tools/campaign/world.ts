import type { Dice } from '@rtnl/compliance'

/** Pairs of links, v0 and p0 to v3 and p3, to which operations are done. */
export const pairs = 4

/** What a scene has besides pairs, depending on the kernel. */
export interface Abilities {
  /** Whether bridges can have VLANs (`CONFIG_BRIDGE_VLAN_FILTERING`). */
  readonly vlans: boolean
  /** Whether vxlans can have VNI filters (Linux 5.18). */
  readonly vnis: boolean
}

interface Nexthop {
  /** Number of the pair by which it goes; `undefined` for a blackhole and for those of forwarding entries. */
  readonly pair: number | undefined
  readonly members: readonly number[]
}

interface Route {
  readonly line: string
  readonly pair: number | undefined
  readonly object: number | undefined
}

/**
 * What operations have probably made of the scene. It is a guess that lets the generator draw operations of which most are
 * accepted, and that depends on the seed alone. Nothing is asserted about it.
 */
export class World {
  readonly dice: Dice
  readonly abilities: Abilities
  /** Links that exist, with whether they are up. */
  readonly links = new Map<string, boolean>()
  readonly addresses = new Set<string>()
  readonly nexthops = new Map<number, Nexthop>()
  readonly routes = new Map<string, Route>()
  /** Masters of ports. */
  readonly ports = new Map<string, string>()
  /** Words for the state and the flags that an entry has until it is removed. */
  readonly kinds = new Map<string, string>()
  /** What else there is, by the words that remove it: rules, neighbours, VLANs and so on. */
  readonly #things = new Map<string, Set<string>>()
  #numbers = 0

  constructor(dice: Dice, abilities: Abilities) {
    this.dice = dice
    this.abilities = abilities
    for (let pair = 0; pair < pairs; pair++) {
      this.pairMade(pair)
      this.addresses.add(`10.0.${pair}.1/24 dev v${pair}`).add(`fd00:${pair}::1/64 dev v${pair}`)
    }
    for (const name of ['br0', 'br1', 'vx0', 'vx1', 'vx2', 'lo']) this.links.set(name, true)
  }

  /** Whether an operation is to be drawn without regard to what there is: one of ten. */
  get careless(): boolean {
    return this.dice.below(10) === 0
  }

  pairMade(pair: number): void {
    this.links.set(`v${pair}`, true).set(`p${pair}`, true)
  }

  /** Whether both ends are there and up. */
  carries(pair: number): boolean {
    return this.links.get(`v${pair}`) === true && this.links.get(`p${pair}`) === true
  }

  /** A pair that carries traffic, or any. */
  pair(): number {
    const alive = Array.from({ length: pairs }, (_, pair) => pair).filter((pair) => this.carries(pair))
    return alive.length === 0 || this.careless ? this.dice.below(pairs) : this.dice.pick(...alive)
  }

  /** A pair through which a gateway of a family is reached, or any. */
  pairWith(family: 4 | 6): number {
    const alive = Array.from({ length: pairs }, (_, pair) => pair).filter((pair) => {
      const own = family === 4 ? `10.0.${pair}.1/24 dev v${pair}` : `fd00:${pair}::1/64 dev v${pair}`
      return this.carries(pair) && this.addresses.has(own)
    })
    return alive.length === 0 || this.careless ? this.dice.below(pairs) : this.dice.pick(...alive)
  }

  linkGone(name: string): void {
    const pair = Number(name.slice(1))
    if (/^[vp]\d$/.test(name)) {
      for (const end of [`v${pair}`, `p${pair}`]) {
        this.links.delete(end)
        this.ports.delete(end)
      }
      this.#pairLost(pair)
      for (const address of this.addresses) if (address.endsWith(` v${pair}`)) this.addresses.delete(address)
    } else {
      this.links.delete(name)
      for (const [port, master] of this.ports) if (master === name) this.ports.delete(port)
      this.ports.delete(name)
    }
    for (const [, set] of this.#things) for (const thing of set) if (thing.includes(name)) set.delete(thing)
  }

  linkSet(name: string, up: boolean): void {
    if (!this.links.has(name)) return
    this.links.set(name, up)
    if (!up && /^[vp]\d$/.test(name)) this.#pairLost(Number(name.slice(1)))
  }

  nexthopGone(id: number): void {
    this.nexthops.delete(id)
    for (const [group, { members }] of this.nexthops) {
      if (!members.includes(id)) continue
      const rest = members.filter((member) => member !== id)
      if (rest.length === 0) this.nexthopGone(group)
      else this.nexthops.set(group, { pair: undefined, members: rest })
    }
    for (const [key, { object }] of this.routes) if (object === id) this.routes.delete(key)
  }

  /** A number that was not given before, from 1 to 60,000. */
  number(): number {
    this.#numbers = (this.#numbers % 60_000) + 1
    return this.#numbers
  }

  /** The things of a kind. */
  things(kind: string): Set<string> {
    let set = this.#things.get(kind)
    if (set === undefined) {
      set = new Set()
      this.#things.set(kind, set)
    }
    return set
  }

  /** One of the things of a kind, which is then taken for gone; or what a function draws. */
  take(kind: string, otherwise: () => string): string {
    const set = this.things(kind)
    if (set.size === 0 || this.careless) return otherwise()
    const thing = this.dice.pick(...set)
    set.delete(thing)
    return thing
  }

  #pairLost(pair: number): void {
    for (const [id, nexthop] of this.nexthops) if (nexthop.pair === pair) this.nexthopGone(id)
    for (const [key, route] of this.routes) if (route.pair === pair) this.routes.delete(key)
  }
}

/** Words of a command, without those that are empty. */
export function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}
