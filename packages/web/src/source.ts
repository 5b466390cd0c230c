import type { EvpnCollections } from '@rtnl/evpn'
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

/** What is derived of EVPN in one namespace. */
export interface ViewEvpn {
  /** Which namespace it is. A space has one of each place; an empty one where there is no other. */
  readonly place: EntryPlace
  /** Opens the collections. The view calls it when somebody looks at them, and closes them when nobody does any more. */
  open(): Promise<EvpnCollections>
  /** An entry of a collection in words. */
  words(collection: string, entry: unknown): readonly string[]
  /** The name of an interface. */
  interfaceName(ifindex: number): string
}

/** Tables that belong together: those of one namespace, or those of a fleet. */
export interface ViewSpace {
  /** What distinguishes it from others: the name of a namespace, or nothing. */
  readonly name: string
  /** Those to which others refer come first. */
  readonly tables: readonly ViewTable[]
  /** The name of an interface. */
  interfaceName?(ifindex: number): string
  /** The namespaces of which EVPN is shown now, each the same object for as long as it is there. Default: none. */
  readonly evpn?: readonly ViewEvpn[]
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
