// What the server answers, as JSON. The client is written against it.
import type { MemberFailure } from '@rtnl/evpn'
import type { Cause, Change, TableState } from '@rtnl/live-table'
import type { EntryPlace, ViewNode } from './source.ts'

/** An entry as a page shows it. */
export interface ShownRow {
  /** Unique in its table. */
  readonly key: string
  /** In the words of `ip` and `bridge`: the first phrase says which entry it is. */
  readonly words: readonly string[]
  /** The node that has it, in the tables of a fleet. */
  readonly node?: string | undefined
  /** The namespace of the node that has it. */
  readonly netns?: string | undefined
}

/** A row of a table, with its place. */
export interface PlacedRow extends ShownRow {
  /** Where the table has it, for as long as it is there. */
  readonly id: number
}

/** A table of a space. */
export interface TableSummary {
  /** As in `rtnl show NAME`. */
  readonly name: string
  /** The noun for one entry, and for several. */
  readonly nouns: readonly [one: string, many: string]
  /** How many entries it has. */
  readonly rows: number
  /** Whether it shows what the kernel has. */
  readonly state: TableState
  /** Changes since the view follows it. */
  readonly changes: number
  /** Changes a second, by the last five. */
  readonly perSecond: number
  /** The names of values by which rows can be chosen, beside words. */
  readonly filters: readonly string[]
}

/** Tables that belong together. */
export interface SpaceSummary {
  /** The name of a namespace; empty where there is only one. */
  readonly name: string
  /** Of what `api/evpn` has an answer: namespaces of nodes; one without names where the space is one namespace. */
  readonly evpn: readonly EntryPlace[]
  /** Those to which others refer come first. */
  readonly tables: readonly TableSummary[]
}

/** `GET api/tables` */
export interface Overview {
  /** The name of the machine, or of the fleet. */
  readonly title: string
  /** Tables that belong together: the namespaces. */
  readonly spaces: readonly SpaceSummary[]
  /** The nodes of a fleet. */
  readonly nodes?: readonly ViewNode[]
}

/** `GET api/tables/NAME` */
export interface TableWindow {
  /** As in `rtnl show NAME`. */
  readonly table: string
  /** How many rows match. */
  readonly total: number
  /** The place of the first of `rows`, from 0. */
  readonly offset: number
  /** Those from `offset` on; `id` names a row for as long as it is there. */
  readonly rows: readonly PlacedRow[]
  /** Whether the whole table has been looked through. */
  readonly isComplete: boolean
}

/** A change as a page shows it. */
export interface ShownChange {
  /** Milliseconds since 1970. */
  readonly at: number
  /** What became of the row. */
  readonly kind: Change<unknown>['kind']
  /** How it was learned. */
  readonly cause: Cause
  /** What the row is, or was when it went. */
  readonly words: readonly string[]
  /** What the row was. */
  readonly was?: readonly string[] | undefined
}

/** A row that changed, with all of its changes as one. */
export interface ChangedRow extends ShownRow, ShownChange {
  /** The table that it is of. */
  readonly table: string
  /** How many changes it had. */
  readonly times: number
}

/** An event of `GET api/changes`. */
export interface ChangesMessage {
  /** How many changes there were, by table. */
  readonly tables: Readonly<Record<string, number>>
  /** Those of the table that is looked at, or of all; the last one that changed is the last. */
  readonly rows: readonly ChangedRow[]
  /** Changes of rows of which nothing more is said, since there were too many. */
  readonly left: number
}

/** `GET api/tables/NAME/row` */
export interface RowDetails extends ShownRow {
  /** The table that it is of. */
  readonly table: string
  /** As `rtnl show --json` prints it. */
  readonly entry: unknown
  /** Whether it is in the table no more. */
  readonly isGone: boolean
  /** The newest first. */
  readonly history: readonly ShownChange[]
  /** What it refers to, by table. */
  readonly refersTo: readonly ReferringRows[]
  /** What refers to it, by table. */
  readonly referredBy: readonly ReferringRows[]
}

/** Rows of a table that refer to a row, or that it refers to. */
export interface ReferringRows {
  /** The table that they are of. */
  readonly table: string
  /** How many there are. */
  readonly count: number
  /** The first of them. */
  readonly rows: readonly PlacedRow[]
}

/** `GET api/activity` */
export interface Activity {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Changes of all tables since the view follows them. */
  readonly changes: number
  /** Changes a second, by the last five. */
  readonly perSecond: number
  /** Changes in each of the last seconds; the last one is not over. */
  readonly series: readonly number[]
  /** The same of each table. */
  readonly tables: readonly TableActivityReading[]
  /** Changes by how they were learned. */
  readonly causes: Readonly<Record<Cause, number>>
  /** Those whose entries changed most. */
  readonly interfaces: readonly Tallied[]
  /** Those that changed most. */
  readonly prefixes: readonly Tallied[]
  /** Those whose entries changed most. */
  readonly protocols: readonly Tallied[]
  /** Parts of tables that were read again and had changed; the newest first. */
  readonly resyncs: readonly FoundChanges[]
  /** The last changes, the newest first. */
  readonly last: readonly LastChange[]
  /** Bytes of messages that wait to be read. */
  readonly pendingBytes: number
  /** How often messages were lost. */
  readonly overruns: number
}

/** How often a table changes. */
export interface TableActivityReading {
  /** As in `rtnl show NAME`. */
  readonly name: string
  /** How many entries it has. */
  readonly rows: number
  /** Whether it shows what the kernel has. */
  readonly state: TableState
  /** Changes since the view follows it. */
  readonly changes: number
  /** Changes a second, by the last five. */
  readonly perSecond: number
  /** Changes in each of the last seconds; the last one is not over. */
  readonly series: readonly number[]
}

/** A part of a table that was read again, and had changed. */
export interface FoundChanges {
  /** Milliseconds since 1970. */
  readonly at: number
  /** As in `rtnl show NAME`. */
  readonly table: string
  /** Why it was read again. */
  readonly reason: string
  /** How many changes were found. */
  readonly changes: number
}

/** One of the last changes of all tables. */
export interface LastChange extends ShownChange {
  /** The table that the row is of. */
  readonly table: string
  /** Unique in its table. */
  readonly key: string
}

/** What changed, and how often. */
export interface Tallied {
  /** Of an interface, a prefix, a protocol or a cause. */
  readonly name: string
  /** How often it changed. */
  readonly count: number
}

/** How much a virtual network has. */
export interface EvpnNumbers {
  /** 0 to 2^24 - 1. */
  readonly vni: number
  /** Remote endpoints. */
  readonly vteps: number
  /** Groups of nexthops. */
  readonly groups: number
  /** Remote hardware addresses. */
  readonly macs: number
  /** Groups and rows that do not lead where they should. */
  readonly failing: number
}

/** `GET api/evpn` */
export interface EvpnOverview extends EntryPlace {
  /** Whether it shows what the kernel has: `stale` also while nothing is heard of the node. */
  readonly state: TableState
  /** All virtual networks, with how much they have. */
  readonly vnis: readonly EvpnNumbers[]
  /** Of the VNI that was asked for, or the first. */
  readonly picture?: EvpnPicture
}

/** Where the traffic of a VNI goes. */
export interface EvpnPicture {
  /** 0 to 2^24 - 1. */
  readonly vni: number
  /** In words: devices, bridge, VLAN, SVI, VRF. */
  readonly words: readonly string[]
  /** Remote endpoints, those with most hardware addresses first. */
  readonly vteps: readonly EvpnVtep[]
  /** Endpoints that are left out of `vteps`, since there are too many. */
  readonly vtepsLeft: number
  /** Groups of nexthops, those that fail first. */
  readonly groups: readonly EvpnSegment[]
  /** Groups that are left out of `groups`, since there are too many. */
  readonly groupsLeft: number
  /** What leads nowhere, or is not as a speaker means it: the entry in words, why, and whether nothing of it works. */
  readonly troubles: readonly Trouble[]
}

/** What does not lead where it should. */
export interface Trouble {
  /** The entry in words. */
  readonly text: string
  /** What is wrong with it. */
  readonly why: string
  /** Whether nothing works, and not just a part. */
  readonly all: boolean
}

/** A path of a group. */
export interface EvpnShare {
  /** The `name` of the endpoint. */
  readonly vtep: string
  /** As the nexthop object has it. */
  readonly weight: number
  /** Of the traffic of the group, in percent. */
  readonly share: number
}

/** A remote tunnel endpoint. */
export interface EvpnVtep {
  /** Address, with port and VNI where these are not the usual ones. */
  readonly name: string
  /** Hardware addresses that are behind it alone. */
  readonly macs: number
  /** Groups that have a path to it. */
  readonly groups: number
  /** Whether broadcasts are sent to it. */
  readonly flood: boolean
}

/** A group of nexthops: an Ethernet segment. */
export interface EvpnSegment {
  /** Id of the nexthop object. */
  readonly nhId: number
  /** Hardware addresses behind it. */
  readonly macs: number
  /** Whether all of its members are paths. */
  readonly status: 'resolved' | 'partial' | 'unresolved'
  /** Why none is. */
  readonly why?: string | undefined
  /** The endpoints, with weights, and shares of the traffic in percent. */
  readonly paths: readonly EvpnShare[]
  /** Members that are no path, and why. */
  readonly failures: readonly MemberFailure[]
}
