import { VlanTable, VniTable } from '@rtnl/bridge'
import { LinkTable } from '@rtnl/link'
import { DerivedTable, type LiveTable, type LiveTableOptions, SourceTables, type TableState } from '@rtnl/live-table'
import { FdbTable, NeighborTable } from '@rtnl/neighbor'
import { surface, TimeSlice } from '@rtnl/netlink-core'
import { unlessAborted } from '@rtnl/netlink-core/internal'
import { NexthopTable } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { type CheckedConfig, checkConfig, type EvpnConfig } from './config.ts'
import { Engine } from './engine/engine.ts'
import { type DerivedCounts, Rows } from './engine/rows.ts'
import type { Arp, Fdb, Flood, Group, Notice, Unresolved, Vni, Vtep } from './entries.ts'
import { interfaceTable } from './inputs/live.ts'
import {
  type ArpKey,
  arpKey,
  type FdbKey,
  type FloodKey,
  fdbKey,
  floodKey,
  type GroupKey,
  groupKey,
  type NoticeKey,
  noticeKey,
  type UnresolvedKey,
  unresolvedKey,
  type VniKey,
  type VtepKey,
  vniKey,
  vtepKey,
} from './keys.ts'

/** How collections are opened: what is derived, and the options of the live tables below them. */
export type EvpnOptions = EvpnConfig & LiveTableOptions

/** The most rows of a kind that are derived before the event loop runs again. */
const flushSlice = 256

type AnyLiveTable = LiveTable<never>

/**
 * What a speaker of EVPN has told the kernel, live: derived from links, VLANs, forwarding entries, neighbours and nexthops, and
 * kept up to date by what they change. All tables come by one notifier, so that the order of the kernel holds.
 */
export class Evpn implements AsyncDisposable, Disposable {
  /** Segments that are configured here. */
  readonly vnis: DerivedTable<Vni, VniKey>
  /** Remote tunnel endpoints that something refers to. */
  readonly vteps: DerivedTable<Vtep, VtepKey>
  /** Where broadcasts and what nobody knows go. */
  readonly floods: DerivedTable<Flood, FloodKey>
  /** Groups of nexthops, such as Ethernet segments. */
  readonly groups: DerivedTable<Group, GroupKey>
  /** Where remote hardware addresses are. */
  readonly fdb: DerivedTable<Fdb, FdbKey>
  /** Hardware addresses of remote IP addresses. */
  readonly arps: DerivedTable<Arp, ArpKey>
  /** What leads nowhere, and why. */
  readonly unresolved: DerivedTable<Unresolved, UnresolvedKey>
  /** What works otherwise than the speaker means it. */
  readonly notices: DerivedTable<Notice, NoticeKey>
  /** Resolves when it is closed, with the error if one closed it. */
  readonly closed: Promise<Error | undefined>
  readonly #tables: readonly AnyLiveTable[]
  readonly #sources: SourceTables
  readonly #rows: Rows
  readonly #engine: Engine
  readonly #notifier: Notifier
  readonly #ownsNotifier: boolean
  #resolveClosed: (error: Error | undefined) => void = () => {}
  #isClosed = false
  #isFilled = false
  #draining: Promise<void> | undefined

  private constructor(config: CheckedConfig, tables: Tables, notifier: Notifier, ownsNotifier: boolean) {
    const { links, vlans, filters, fdb, nexthops, neighbors } = tables
    const inputs = { links, vlans, filters, fdb: interfaceTable(fdb), nexthops, neighbors: interfaceTable(neighbors) }
    this.#tables = Object.values(tables) as unknown as readonly AnyLiveTable[]
    const sources = new SourceTables(this.#tables)
    const rows = new Rows({
      incomplete: () => sources.incomplete,
      ref: () => notifier.ref(),
      unref: () => notifier.unref(),
    })
    this.#sources = sources
    this.#rows = rows
    this.#notifier = notifier
    this.#ownsNotifier = ownsNotifier
    this.#engine = new Engine(config, inputs, rows, { changed: () => this.#changed() })
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    sources.follow(rows.all, () => this.#changed())
    const state = (): TableState => this.state
    this.vnis = new DerivedTable(rows.vnis, vniKey, state)
    this.vteps = new DerivedTable(rows.vteps, vtepKey, state)
    this.floods = new DerivedTable(rows.floods, floodKey, state)
    this.groups = new DerivedTable(rows.groups, groupKey, state)
    this.fdb = new DerivedTable(rows.fdb, fdbKey, state)
    this.arps = new DerivedTable(rows.arps, arpKey, state)
    this.unresolved = new DerivedTable(rows.unresolved, unresolvedKey, state)
    this.notices = new DerivedTable(rows.notices, noticeKey, state)
    for (const table of this.#tables) table.closed.then((error) => this.#end(error))
  }

  /**
   * Opens the collections; resolves once they show all that happened in the kernel before the call. Segments that cannot be, and
   * interfaces that are not there, are in `unresolved`; interfaces that come later are picked up.
   * @throws {TypeError | RangeError} an option has a value that it cannot have
   * @throws as `openTable` of `@rtnl/live-table`
   */
  static async open(options: EvpnOptions = {}): Promise<Evpn> {
    const { segments, defaultPort, members, learned, expand, notifier: shared, signal, ...connection } = options
    const config = checkConfig({ segments, defaultPort, members, learned, expand })
    signal?.throwIfAborted()
    const notifier = shared ?? (await Notifier.open(connection))
    let evpn: Evpn | undefined
    try {
      const tables = await openTables(notifier, signal)
      evpn = new Evpn(config, tables, notifier, shared === undefined)
      await unlessAborted(evpn.#fill(), signal)
      await evpn.waitForSync({ signal })
      return evpn
    } catch (error) {
      evpn?.close()
      if (shared === undefined) notifier.close()
      throw error
    }
  }

  /** `stale` while something that was lost, or that the kernel changed in silence, is reread. */
  get state(): TableState {
    if (this.#isClosed) return 'closed'
    return this.#sources.state
  }

  /** How many entries of each collection were derived so far, also those that came out as they were. */
  get derived(): Readonly<DerivedCounts> {
    return { ...this.#rows.derived }
  }

  /** Of addresses that several vxlans of a VNI know: the one whose entry changed last, for `derive`. */
  get latest(): ReadonlyMap<string, number> {
    return new Map(this.#engine.state.latest)
  }

  /**
   * Resolves once the collections show everything that happened in the kernel before the call.
   * @throws the error that ended a table
   */
  async waitForSync(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    await Promise.all(this.#tables.map((table) => table.waitForSync(options)))
    await unlessAborted(this.#drain(), options.signal)
  }

  /** Rereads all tables, for changes that the kernel announces by no message. Endpoints keep their identifiers. */
  async resync(): Promise<void> {
    await Promise.all(this.#tables.map((table) => table.resync()))
    await this.#drain()
  }

  /** Idempotent. Ends all streams of changes. */
  close(): void {
    this.#end(undefined)
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #end(error: Error | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#engine.stop()
    for (const rows of this.#rows.all) rows.end(error)
    for (const table of this.#tables) table.close()
    if (this.#ownsNotifier) this.#notifier.close()
    this.#resolveClosed(error)
  }

  async #fill(): Promise<void> {
    const slice = new TimeSlice()
    for (const _ of this.#engine.fill()) if (slice.over()) await slice.next()
    this.#isFilled = true
    await this.#drain()
  }

  /** The messages of a turn of the event loop are one change set. */
  #changed(): void {
    if (this.#isFilled) this.#drain().catch(surface)
  }

  #drain(): Promise<void> {
    this.#draining ??= this.#flushAll()
    return this.#draining
  }

  async #flushAll(): Promise<void> {
    await Promise.resolve()
    // A flush takes about as long as the event loop may be held.
    const slice = new TimeSlice(1)
    try {
      while (this.#engine.isDirty && !this.#isClosed) {
        this.#engine.flush(flushSlice)
        if (slice.over()) await slice.next()
      }
      if (!this.#isClosed) this.#sources.derived(this.#rows.all)
    } finally {
      this.#draining = undefined
    }
  }
}

interface Tables {
  readonly links: LinkTable
  readonly vlans: VlanTable
  readonly filters: VniTable
  readonly nexthops: NexthopTable
  readonly fdb: FdbTable
  readonly neighbors: NeighborTable
}

async function openTables(notifier: Notifier, signal: AbortSignal | undefined): Promise<Tables> {
  const options = { notifier, signal }
  const opened: { close(): void }[] = []
  const add = async <Table extends { close(): void }>(opening: Promise<Table>): Promise<Table> => {
    const table = await opening
    opened.push(table)
    return table
  }
  try {
    return {
      links: await add(LinkTable.open(options)),
      vlans: await add(VlanTable.open(options)),
      filters: await add(VniTable.open(options)),
      nexthops: await add(NexthopTable.open(options)),
      fdb: await add(FdbTable.open(options)),
      neighbors: await add(NeighborTable.open(options)),
    }
  } catch (error) {
    for (const table of opened) table.close()
    throw error
  }
}
