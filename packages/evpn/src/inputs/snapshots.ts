import { type Vni as FilteredVni, type Vlan, vlanDefinition, vniDefinition } from '@rtnl/bridge'
import { type Link, linkDefinition } from '@rtnl/link'
import { fdbDefinition, type Neighbor, neighborDefinition } from '@rtnl/neighbor'
import { type Nexthop, nexthopDefinition } from '@rtnl/nexthop'
import type { Inputs, InterfaceTable } from './inputs.ts'

/** What the tables of the kernel held at a time. A table that is left out was empty. */
export interface Snapshots {
  /** Network interfaces. */
  readonly links?: Iterable<Link>
  /** VLANs of bridges and of their ports. */
  readonly vlans?: Iterable<Vlan>
  /** VNI filters of vxlans. */
  readonly filters?: Iterable<FilteredVni>
  /** Forwarding entries of bridges and vxlans. */
  readonly fdb?: Iterable<Neighbor>
  /** Nexthop objects. */
  readonly nexthops?: Iterable<Nexthop>
  /** Neighbours (ARP and ND). */
  readonly neighbors?: Iterable<Neighbor>
  /**
   * Of addresses that several vxlans of a VNI know: the interface index of the one whose entry changed last, by `VNI MAC`. An
   * `Evpn` has it as `latest`.
   */
  readonly latest?: ReadonlyMap<string, number>
}

/** Entries by key, which do not change. */
class SnapshotTable<Entry> implements InterfaceTable<Entry> {
  readonly #entries = new Map<string, Entry>()
  readonly #keyText: (entry: Entry) => string

  constructor(entries: Iterable<Entry>, keyText: (entry: Entry) => string) {
    this.#keyText = keyText
    for (const entry of entries) this.#entries.set(keyText(entry), entry)
  }

  get(key: Partial<Entry>): Entry | undefined {
    return this.#entries.get(this.#keyText(key as Entry))
  }

  observe(): () => void {
    return () => {}
  }

  *ofInterfaces(ifindexes: ReadonlySet<number>): Generator<Entry, void, undefined> {
    for (const entry of this) {
      if (ifindexes.has((entry as { readonly ifindex?: number }).ifindex ?? 0)) yield entry
    }
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries.values()
  }
}

/** Snapshots as tables that do not change. */
export function snapshotInputs({
  links = [],
  vlans = [],
  filters = [],
  fdb = [],
  nexthops = [],
  neighbors = [],
}: Snapshots): Inputs {
  return {
    links: new SnapshotTable(links, linkDefinition.keyText),
    vlans: new SnapshotTable(vlans, vlanDefinition.keyText),
    filters: new SnapshotTable(filters, vniDefinition.keyText),
    fdb: new SnapshotTable(fdb, fdbDefinition.keyText),
    nexthops: new SnapshotTable(nexthops, nexthopDefinition.keyText),
    neighbors: new SnapshotTable(neighbors, neighborDefinition.keyText),
  }
}
