import type { Vni as FilteredVni, Vlan } from '@rtnl/bridge'
import type { Link } from '@rtnl/link'
import type { Cause } from '@rtnl/live-table'
import type { Neighbor } from '@rtnl/neighbor'
import type { Nexthop } from '@rtnl/nexthop'

/** A table that is read and followed: live, or a snapshot. */
export interface InputTable<Entry> extends Iterable<Entry> {
  get(key: Partial<Entry>): Entry | undefined
  /** Calls the observer for each change; `old` and `next` are the same where there was none. */
  observe(observer: (old: Entry | undefined, next: Entry | undefined, cause: Cause) => void): () => void
}

/** A table of entries that belong to interfaces. */
export interface InterfaceTable<Entry> extends InputTable<Entry> {
  /** The entries of some interfaces. */
  ofInterfaces(ifindexes: ReadonlySet<number>): Iterable<Entry>
}

/** The tables of the kernel that all is derived from. */
export interface Inputs {
  readonly links: InputTable<Link>
  /** VLANs of bridges and their ports. */
  readonly vlans: InputTable<Vlan>
  /** VNI filters of vxlans. */
  readonly filters: InputTable<FilteredVni>
  readonly fdb: InterfaceTable<Neighbor>
  readonly nexthops: InputTable<Nexthop>
  readonly neighbors: InterfaceTable<Neighbor>
}
