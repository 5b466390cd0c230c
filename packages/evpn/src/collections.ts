import { type DerivedLife, DerivedTable, type SourceTables, type TableState } from '@rtnl/live-table'
import { TimeSlice } from '@rtnl/netlink-core'
import { unlessAborted } from '@rtnl/netlink-core/internal'
import type { CheckedConfig } from './config.ts'
import { Engine } from './engine/engine.ts'
import { type DerivedCounts, Rows } from './engine/rows.ts'
import type { Arp, Fdb, Flood, Group, Notice, Unresolved, Vni, Vtep } from './entries.ts'
import type { Inputs } from './inputs/inputs.ts'
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

/** The most rows of a kind that are derived before the event loop runs again. */
const flushSlice = 256

/** What is told of the tables below, beside their changes. */
export type Sources = Pick<SourceTables, 'state' | 'incomplete' | 'follow' | 'derived'>

/**
 * The collections of EVPN, live: derived from links, VLANs, forwarding entries, neighbours and nexthops, and kept up to date by what
 * they change. `Evpn` has those of a kernel, `deriveLive` makes those of other tables.
 */
export abstract class EvpnCollections implements AsyncDisposable, Disposable {
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
  readonly #sources: Sources
  readonly #rows: Rows
  readonly #engine: Engine
  #resolveClosed: (error: Error | undefined) => void = () => {}
  #isClosed = false
  #isFilled = false
  #draining: Promise<void> | undefined

  /** @internal */
  constructor(config: CheckedConfig, inputs: Inputs, sources: Sources, life: Pick<DerivedLife, 'ref' | 'unref'>) {
    const rows = new Rows({ ...life, incomplete: () => sources.incomplete })
    this.#sources = sources
    this.#rows = rows
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
  }

  /** `stale` while a table below is: something that was lost, or that the kernel changed in silence, is reread. */
  get state(): TableState {
    return this.#isClosed ? 'closed' : this.#sources.state
  }

  /** How many entries of each collection were derived so far, also those that came out as they were. */
  get derived(): Readonly<DerivedCounts> {
    return { ...this.#rows.derived }
  }

  /** Of addresses that several vxlans of a VNI know: the one whose entry changed last, for `derive`. */
  get latest(): ReadonlyMap<string, number> {
    return new Map(this.#engine.state.latest)
  }

  /** Resolves once the collections show what the tables below show. */
  async waitForSync({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    await unlessAborted(this.#drain(), signal)
  }

  /** Idempotent. Ends all streams of changes. */
  close(): void {
    this.end(undefined)
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** @returns whether it was open @internal */
  protected end(error: Error | undefined): boolean {
    if (this.#isClosed) return false
    this.#isClosed = true
    this.#engine.stop()
    for (const rows of this.#rows.all) rows.end(error)
    this.#resolveClosed(error)
    return true
  }

  /** What changed cannot be derived. @internal */
  protected abstract failed(error: unknown): void

  /** Takes in what the tables hold. @internal */
  protected async fill(): Promise<void> {
    const slice = new TimeSlice()
    for (const _ of this.#engine.fill()) if (slice.over()) await slice.next()
    this.#isFilled = true
    await this.#drain()
  }

  /** The messages of a turn of the event loop are one change set. */
  #changed(): void {
    if (this.#isFilled) this.#drain().catch((error) => this.failed(error))
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
