import type { Vlan, Vni } from '@rtnl/bridge'
import { deriveLive, type EvpnCollections, type EvpnSourceTables } from '@rtnl/evpn'
import type { Fleet, FleetEntry, NodePlace } from '@rtnl/fleet'
import type { Link } from '@rtnl/link'
import type { Neighbor } from '@rtnl/neighbor'
import type { Nexthop } from '@rtnl/nexthop'
import { evpnWords, findEvpnCollection } from '@rtnl/tables'
import type { ViewEvpn } from '@rtnl/web'
import { type FleetNames, interfaceTable, nexthopTable, placeOf } from './fleet-names.ts'

/** Names of the tables that EVPN is derived from, as a fleet has them. */
const tableNames = {
  links: interfaceTable,
  vlans: 'vlan',
  filters: 'vni',
  fdb: 'fdb',
  nexthops: nexthopTable,
  neighbors: 'neighbor',
} as const

interface Place {
  readonly node: string
  readonly netns: string
  readonly view: ViewEvpn
  /** Indexes of its vxlans. */
  readonly vxlans: Set<number>
}

/** What is derived of EVPN in the namespaces of a fleet's nodes. */
export class FleetEvpn {
  readonly #fleet: Fleet
  readonly #names: FleetNames
  /** Namespaces that have vxlans. */
  readonly #places = new Map<string, Place>()

  constructor(fleet: Fleet, names: FleetNames) {
    this.#fleet = fleet
    this.#names = names
    const links = fleet.table(interfaceTable)
    for (const link of links) this.#take(link, true)
    links.observe(({ kind, entry }) => this.#take(entry, kind !== 'removed'))
  }

  /** Those of namespaces that have vxlans, and publish all that EVPN is derived from; by the names of nodes. */
  get views(): ViewEvpn[] {
    return [...this.#places.values()]
      .filter((place) => this.#isPublished(place))
      .sort((one, other) => compare(one.node, other.node) || compare(one.netns, other.netns))
      .map(({ view }) => view)
  }

  #take(link: FleetEntry, isThere: boolean): void {
    const name = placeOf(link)
    const known = this.#places.get(name)
    const { ifindex } = link as { readonly ifindex?: unknown }
    if (typeof ifindex !== 'number') return
    if (isThere && link.kind === 'vxlan') {
      const place = known ?? { node: link.node, netns: link.netns, view: this.#viewOf(link), vxlans: new Set() }
      place.vxlans.add(ifindex)
      this.#places.set(name, place)
    } else if (known?.vxlans.delete(ifindex) === true && known.vxlans.size === 0) this.#places.delete(name)
  }

  #isPublished({ node, netns }: Place): boolean {
    const published = this.#fleet.nodes.get({ node })?.tables.filter((each) => each.netns === netns) ?? []
    return Object.values(tableNames).every((name) => published.some(({ table }) => table === name))
  }

  #viewOf({ node, netns }: FleetEntry): ViewEvpn {
    const place = { node, netns }
    const names = () => this.#names.of(placeOf(place as FleetEntry))
    return {
      place,
      open: () => opened(this.#fleet, place),
      words: (collection, entry) => evpnWords(findEvpnCollection(collection), entry, names()),
      interfaceName: (ifindex) => names().name(ifindex),
    }
  }
}

/** @throws {Error} the node says something that no kernel has */
async function opened(fleet: Fleet, place: NodePlace): Promise<EvpnCollections> {
  try {
    return await deriveLive(sourceTables(fleet, place))
  } catch (error) {
    throw new Error(`${place.node}: its tables are not as a kernel has them: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** The tables of a namespace of a node that EVPN is derived from. */
function sourceTables(fleet: Fleet, place: NodePlace): EvpnSourceTables {
  return {
    links: fleet.nodeTable<Link>(tableNames.links, place),
    vlans: fleet.nodeTable<Vlan>(tableNames.vlans, place),
    filters: fleet.nodeTable<Vni>(tableNames.filters, place),
    fdb: fleet.nodeTable<Neighbor>(tableNames.fdb, place),
    nexthops: fleet.nodeTable<Nexthop>(tableNames.nexthops, place),
    neighbors: fleet.nodeTable<Neighbor>(tableNames.neighbors, place),
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
