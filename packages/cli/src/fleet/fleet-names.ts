import type { Fleet, FleetEntry } from '@rtnl/fleet'
import { nexthopDefinition } from '@rtnl/nexthop'
import { type ChosenInterface, InterfaceNames } from '@rtnl/tables'

/** The table that names of interfaces come from, as a fleet has it. */
export const interfaceTable = 'link'
/** The table that the devices of nexthop objects come from. */
export const nexthopTable = 'nexthop'

/** A namespace of a node, as a key. */
export function placeOf({ node, netns }: FleetEntry): string {
  return `${node}/${netns}`
}

interface FleetLink extends FleetEntry {
  readonly ifindex: number
  readonly ifname?: string
  readonly type: number
}

/** The names of interfaces of all namespaces of a fleet. */
export class FleetNames {
  readonly #fleet: Fleet
  readonly #links = new Map<string, Map<number, readonly [number, string, number]>>()
  readonly #names = new Map<string, InterfaceNames>()
  readonly #observers = new Set<(place: string) => void>()

  constructor(fleet: Fleet) {
    this.#fleet = fleet
    const links = fleet.table(interfaceTable)
    for (const link of links) this.#take(link as FleetLink)
    links.observe(({ kind, entry }) => {
      const link = entry as FleetLink
      // A deleted interface keeps its last name, since changes of its entries are printed later.
      if (kind !== 'removed') this.#take(link)
      for (const observer of this.#observers) observer(placeOf(link))
    })
  }

  /** The names in a namespace. */
  of(place: string): InterfaceNames {
    const known = this.#names.get(place)
    if (known !== undefined) return known
    const names = new InterfaceNames(this.#links.get(place)?.values() ?? [])
    this.#names.set(place, names)
    return names
  }

  /** Calls `observer` with the namespace whenever an interface of it has changed. */
  observe(observer: (place: string) => void): void {
    this.#observers.add(observer)
  }

  /** The interface of a name in a namespace, now. */
  device(ifname: string, { node, netns }: FleetEntry): ChosenInterface {
    const fleet = this.#fleet
    let ifindex = -1
    for (const link of fleet.table(interfaceTable))
      if (link.node === node && link.netns === netns && link.ifname === ifname) ifindex = link.ifindex as number
    const oif = (id: number): number | undefined => nexthop(id)?.oif as number | undefined
    const nexthop = (id: number): FleetEntry | undefined =>
      fleet.table('nexthop').get({ node, netns, key: nexthopDefinition.keyText({ id } as never) })
    return {
      ifindex,
      hasNexthop(id) {
        const group = (nexthop(id)?.group ?? []) as readonly { readonly id: number }[]
        return oif(id) === ifindex || group.some((member) => oif(member.id) === ifindex)
      },
    }
  }

  #take(link: FleetLink): void {
    const place = placeOf(link)
    const links = this.#links.get(place) ?? new Map<number, readonly [number, string, number]>()
    // A node says what it wants.
    if (typeof link.ifindex !== 'number') return
    const { ifindex, ifname = `if${ifindex}`, type } = link
    const before = links.get(ifindex)
    if (before?.[1] === ifname && before[2] === type) return
    this.#links.set(place, links.set(ifindex, [ifindex, ifname, type]))
    this.#names.delete(place)
  }
}
