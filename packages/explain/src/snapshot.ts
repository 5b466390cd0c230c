import type { Address } from '@rtnl/address'
import { ownAddress } from '@rtnl/address'
import type { Vlan } from '@rtnl/bridge'
import type { Link } from '@rtnl/link'
import { type Neighbor, NeighborFlag } from '@rtnl/neighbor'
import type { Nexthop } from '@rtnl/nexthop'
import type { Tables } from './tables.ts'

/** Tables with what a derivation looks up in them. */
export class Snapshot {
  readonly tables: Tables
  readonly #links = new Map<number, Link>()
  readonly #nexthops = new Map<number, Nexthop>()

  constructor(tables: Tables) {
    this.tables = tables
    for (const link of tables.links) this.#links.set(link.ifindex, link)
    for (const nexthop of tables.nexthops) if (nexthop.id !== undefined) this.#nexthops.set(nexthop.id, nexthop)
  }

  link(ifindex: number | undefined): Link | undefined {
    return ifindex === undefined ? undefined : this.#links.get(ifindex)
  }

  /** The name of an interface, or `if5` for one that there is not. */
  name(ifindex: number | undefined): string {
    return this.link(ifindex)?.ifname ?? `if${ifindex}`
  }

  nexthop(id: number): Nexthop | undefined {
    return this.#nexthops.get(id)
  }

  /** The address of this host that has a text. */
  address(text: string): Address | undefined {
    for (const address of this.tables.addresses) if (ownAddress(address) === text) return address
    return undefined
  }

  neighbor(ifindex: number, dst: string): Neighbor | undefined {
    for (const entry of this.tables.neighbors) {
      if (entry.ifindex === ifindex && entry.dst === dst && (entry.flags & NeighborFlag.PROXY) === 0) return entry
    }
    return undefined
  }

  /** The entry of a bridge for an address in a VLAN; 0 is none. */
  bridgeEntry(bridge: number, lladdr: string, vlan: number): Neighbor | undefined {
    for (const entry of this.tables.fdb) {
      if (entry.master !== bridge || entry.lladdr !== lladdr || (entry.vlan ?? 0) !== vlan) continue
      if ((entry.flags & NeighborFlag.SELF) === 0) return entry
    }
    return undefined
  }

  /** The entries of a vxlan for an address; of one that carries many VNIs those of one VNI. */
  vxlanEntries(ifindex: number, lladdr: string, vni: number | undefined): Neighbor[] {
    return Array.from(this.tables.fdb).filter(
      (entry) =>
        entry.ifindex === ifindex &&
        entry.lladdr === lladdr &&
        (entry.flags & NeighborFlag.SELF) !== 0 &&
        entry.srcVni === vni,
    )
  }

  ports(bridge: number): Link[] {
    return [...this.#links.values()].filter(({ master }) => master === bridge)
  }

  get links(): Iterable<Link> {
    return this.#links.values()
  }

  vlan(ifindex: number, vid: number): Vlan | undefined {
    return this.#vlan((vlan) => vlan.ifindex === ifindex && vlan.vid === vid)
  }

  /** The VLAN of a bridge or port that satisfies a condition. */
  vlanWith(ifindex: number, condition: (vlan: Vlan) => boolean): Vlan | undefined {
    return this.#vlan((vlan) => vlan.ifindex === ifindex && condition(vlan))
  }

  #vlan(condition: (vlan: Vlan) => boolean): Vlan | undefined {
    for (const vlan of this.tables.vlans) if (condition(vlan)) return vlan
    return undefined
  }
}
