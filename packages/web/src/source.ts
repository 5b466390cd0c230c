import type { Evpn } from '@rtnl/evpn'
import type { AnyTable } from '@rtnl/live-table'
import type { TransportStats } from '@rtnl/netlink-core'
import type { ActivityModule } from '@rtnl/tables'

/** Where an entry is, in a table of several nodes or namespaces. */
export interface EntryPlace {
  /** The name of a node of a fleet. */
  readonly node?: string | undefined
  /** The name of a namespace of the node. */
  readonly netns?: string | undefined
}

/** A live table, of the kernel or derived. */
export interface SizedTable extends AnyTable {
  /** How many entries it has. */
  readonly size: number
}

/** A table that a view shows, with all its entries: one of a namespace, or one of many nodes. */
export interface ViewTable {
  /** What has to be known of it: its name, what its entries refer to, by what they are chosen. */
  readonly module: ActivityModule
  /** Where the entries are. */
  readonly table: SizedTable
  /** An entry in the words of `ip` and `bridge`: the name of a field and its value, first what says which entry it is. */
  words(entry: unknown): readonly string[]
  /** Where an entry is; left out where all are in one place. Only entries of one place refer to each other. */
  place?(entry: unknown): EntryPlace
}

/** The collections of `Evpn`. */
export interface EvpnTables
  extends Pick<Evpn, 'vnis' | 'vteps' | 'floods' | 'groups' | 'fdb' | 'arps' | 'unresolved' | 'notices'> {}

/** Collections that are closed by whoever opened them. */
export interface OpenEvpn extends EvpnTables {
  /** Ends all streams of changes. */
  close(): void
}

/** Tables that belong together: those of one namespace, or those of a fleet. */
export interface ViewSpace {
  /** What distinguishes it from others: the name of a namespace, or nothing. */
  readonly name: string
  /** Those to which others refer come first. */
  readonly tables: readonly ViewTable[]
  /** The name of an interface. */
  interfaceName?(ifindex: number): string
  /** Opens what is derived of EVPN. The view calls it when somebody looks at that, and once. */
  openEvpn?(): Promise<OpenEvpn>
  /** The collections in words. Needed where there is `openEvpn`. */
  evpnWords?(collection: string, entry: unknown): readonly string[]
  /** The counters of its sockets. Default: there are none. */
  stats?(): TransportStats
}

/** A node of a fleet. */
export interface ViewNode {
  /** Unique in the fleet. */
  readonly name: string
  /** Whether it is heard of, has not been for a while, or has ended. */
  readonly state: 'live' | 'stale' | 'gone'
  /** Milliseconds since it was last heard of. */
  readonly age: number
}

/** What a view shows: local tables, or those of a fleet. It is asked again at each request, so that spaces may come and go. */
export interface ViewSource {
  /** For people: the name of the machine, or of the fleet. */
  readonly title: string
  /** Those that are there now. */
  readonly spaces: readonly ViewSpace[]
  /** The nodes of a fleet. */
  readonly nodes?: readonly ViewNode[]
}
