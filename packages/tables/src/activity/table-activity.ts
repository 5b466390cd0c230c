import type { Cause, Change, ChangeBatch, LiveTable, ResyncCause, TableState } from '@rtnl/live-table'
import { routingProtocols } from '@rtnl/names'
import type { TransportStats } from '@rtnl/netlink-core'
import { interfacesOf } from '../tables/references.ts'
import type { TableModule } from '../tables/table-module.ts'
import { Rate } from './rate.ts'
import { Ring } from './ring.ts'
import { type Counted, Tally } from './tally.ts'

/** What has to be known of a table whose changes are counted. */
export type ActivityModule = Pick<
  TableModule<unknown>,
  'name' | 'nouns' | 'refersTo' | 'values' | 'words' | 'naming' | 'references' | 'identity'
>

/** A table whose changes are counted. */
export interface ActivityTable {
  /** What is known of the table. */
  readonly module: ActivityModule
  /** The table itself. */
  readonly table: Pick<LiveTable<unknown>, 'size' | 'state'>
}

/** A change that was seen. */
export interface SeenChange {
  /** When it was seen: milliseconds since 1970. */
  readonly at: number
  /** What is known of its table. */
  readonly module: ActivityModule
  /** How the table learned of it. */
  readonly cause: Cause
  /** The change itself. */
  readonly change: Change<unknown>
}

/** What a part of a table that was read again brought to light. */
export interface SeenResync {
  /** When it was seen: milliseconds since 1970. */
  readonly at: number
  /** Name of the table. */
  readonly table: string
  /** Why the part was read again. */
  readonly cause: ResyncCause
  /** How messages were lost, or what happened without one: `overrun`, `link`. */
  readonly reason: string
  /** Changes that were found. */
  readonly changes: number
}

/** A row that changed, and how it changed last. */
export type ChangedRow = Counted<string, Change<unknown>>

/** What was counted of one table up to a moment. */
export interface TableReading {
  /** What is known of the table. */
  readonly module: ActivityModule
  /** Entries in the table. */
  readonly rows: number
  /** Whether it shows what the kernel has. */
  readonly state: TableState
  /** Changes since the counting began. */
  readonly changes: number
  /** Changes a second, by the last five seconds that are over. */
  readonly perSecond: number
  /** Changes in each of the last seconds. */
  readonly series: readonly number[]
}

/** What was counted up to a moment. */
export interface ActivityReading {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Changes of all tables since the counting began. */
  readonly changes: number
  /** Changes of all tables a second, by the last five seconds that are over. */
  readonly perSecond: number
  /** Changes of all tables in each of the last seconds. */
  readonly series: readonly number[]
  /** Each table by itself. */
  readonly tables: readonly TableReading[]
  /** Prefixes that changed, the most changing first. */
  readonly prefixes: readonly Counted<string, undefined>[]
  /** By `ifindex`. */
  readonly interfaces: readonly Counted<number, undefined>[]
  /** By name. */
  readonly protocols: readonly Counted<string, undefined>[]
  /** Changes by how they were learned. */
  readonly causes: Readonly<Record<Cause, number>>
  /** Resyncs by their reason. */
  readonly resyncs: ReadonlyMap<string, number>
  /** Those that found something, and those after a loss, the newest first. */
  readonly lastResyncs: readonly SeenResync[]
  /** The newest first. */
  readonly lastChanges: readonly SeenChange[]
  /** Counters of the sockets. */
  readonly sockets: TransportStats
  /** The most bytes that waited at any reading. */
  readonly mostPending: number
}

/** The most keys of a kind, and rows of a table, whose changes are counted. */
const tallied = 4096
/** Changes of all tables that are kept. */
const keptChanges = 4096
/** How many of them are read. */
const readChanges = 100
/** Changes that are kept of the row that is opened. */
const keptOfRow = 256
const keptResyncs = 64
/** How many of the most changing prefixes, interfaces and protocols are read. */
const most = 50

class TableCounts {
  changes = 0
  /** Changes that were inferred since the last resync. */
  found = 0
  readonly rate = new Rate()
  readonly rows = new Tally<string, Change<unknown>>(tallied)
}

/** The history of one row. */
export class RowHistory {
  /** What is known of its table. */
  readonly module: ActivityModule
  /** The key of the row as a text. */
  readonly key: string
  /** The row as it is now, or was when it went. */
  entry: unknown
  /** Whether the row is no longer there. */
  gone: boolean
  /** The last changes of the row. */
  readonly changes = new Ring<SeenChange>(keptOfRow)

  constructor(module: ActivityModule, key: string, entry: unknown, gone: boolean) {
    this.module = module
    this.key = key
    this.entry = entry
    this.gone = gone
  }

  /** Adds a change, the last one so far. */
  add(seen: SeenChange): void {
    this.entry = seen.change.entry
    this.gone = seen.change.kind === 'removed'
    this.changes.push(seen)
  }
}

/**
 * Counts the changes of tables. A change costs a few counters and no text; what is held does not grow with the number of
 * changes.
 */
export class TableActivity {
  /** The tables whose changes are counted. */
  readonly tables: readonly ActivityTable[]
  readonly #stats: () => TransportStats
  readonly #now: () => number
  readonly #counts = new Map<string, TableCounts>()
  readonly #rate = new Rate()
  readonly #prefixes = new Tally<string, undefined>(tallied)
  readonly #interfaces = new Tally<number, undefined>(tallied)
  readonly #protocols = new Tally<string, undefined>(tallied)
  readonly #causes: Record<Cause, number> = { dump: 0, notification: 0, inferred: 0, resync: 0 }
  readonly #resyncs = new Map<string, number>()
  readonly #lastResyncs = new Ring<SeenResync>(keptResyncs)
  readonly #lastChanges = new Ring<SeenChange>(keptChanges)
  #changes = 0
  #mostPending = 0
  #opened: RowHistory | undefined

  /**
   * @param stats the counters of the sockets
   * @param now milliseconds since 1970
   */
  constructor(tables: readonly ActivityTable[], stats: () => TransportStats, now: () => number = Date.now) {
    this.tables = tables
    this.#stats = stats
    this.#now = now
    for (const { module } of tables) this.#counts.set(module.name, new TableCounts())
  }

  /** Counts a batch. What a table held at first is no change. */
  count(batch: ChangeBatch<unknown>): void {
    const counts = this.#counts.get(batch.table)
    const module = this.tables.find((followed) => followed.module.name === batch.table)?.module
    if (counts === undefined || module === undefined) return
    const at = this.#now()
    if (batch.event === 'resync') this.#countResync(batch, counts, at)
    if (batch.event !== 'change' || batch.cause === 'dump') return
    const { cause, changes } = batch
    counts.changes += changes.length
    counts.rate.add(changes.length, at)
    this.#changes += changes.length
    this.#rate.add(changes.length, at)
    this.#causes[cause] += changes.length
    if (cause !== 'notification') counts.found += changes.length
    for (const change of changes) this.#countChange({ at, module, cause, change }, counts)
  }

  /** How often all tables have changed. */
  get changes(): number {
    return this.#changes
  }

  /** How often a table has changed. */
  changesOf(table: string): number {
    return this.#counts.get(table)?.changes ?? 0
  }

  /** The rows of a table that changed. */
  changedRows(table: string): Iterable<ChangedRow> {
    return this.#counts.get(table)?.rows.values() ?? []
  }

  /** A row that changed; `undefined` if it is not among those that are counted. */
  changedRow(table: string, key: string): ChangedRow | undefined {
    return this.#counts.get(table)?.rows.get(key)
  }

  /** The changes of a row that are still known, the newest first. */
  changesOfRow(module: ActivityModule, key: string): SeenChange[] {
    return this.#lastChanges.newest().filter((seen) => seen.module === module && seen.change.key === key)
  }

  /** Keeps the changes of one row from now on, those that are still known included. The row that was opened before is closed. */
  openRow(module: ActivityModule, key: string, entry: unknown): RowHistory {
    const last = this.changedRow(module.name, key)?.seen
    const history = new RowHistory(module, key, last?.entry ?? entry, last?.kind === 'removed')
    for (const seen of this.changesOfRow(module, key).reverse()) history.add(seen)
    this.#opened = history
    return history
  }

  /** Keeps the changes of no row any more. */
  closeRow(): void {
    this.#opened = undefined
  }

  /** What was counted up to now. */
  read(): ActivityReading {
    const at = this.#now()
    const sockets = this.#stats()
    this.#mostPending = Math.max(this.#mostPending, sockets.pending)
    return {
      at,
      changes: this.#changes,
      perSecond: this.#rate.perSecond(at),
      series: this.#rate.series(at),
      tables: this.tables.map(({ module, table }) => {
        const { changes, rate } = this.#counts.get(module.name)!
        const { size: rows, state } = table
        return { module, rows, state, changes, perSecond: rate.perSecond(at), series: rate.series(at) }
      }),
      prefixes: this.#prefixes.most(most),
      interfaces: this.#interfaces.most(most),
      protocols: this.#protocols.most(most),
      causes: { ...this.#causes },
      resyncs: new Map(this.#resyncs),
      lastResyncs: this.#lastResyncs.newest(),
      lastChanges: this.#lastChanges.newest(readChanges),
      sockets,
      mostPending: this.#mostPending,
    }
  }

  #countChange(seen: SeenChange, counts: TableCounts): void {
    const { at, module, change } = seen
    const { entry, key } = change
    counts.rows.add(key, change, at)
    this.#lastChanges.push(seen)
    const opened = this.#opened
    if (opened !== undefined && opened.key === key && opened.module === module) opened.add(seen)
    const prefix = module.values.prefix?.(entry)
    if (prefix !== undefined && prefix !== '') this.#prefixes.add(prefix, undefined, at)
    const protocol = module.values.protocol?.(entry)
    if (protocol !== undefined)
      this.#protocols.add(module.values.protocolName?.(protocol) ?? routingProtocols.nameOf(protocol), undefined, at)
    for (const ifindex of interfacesOf(module, entry)) this.#interfaces.add(ifindex, undefined, at)
  }

  #countResync(batch: Extract<ChangeBatch<unknown>, { event: 'resync' }>, counts: TableCounts, at: number): void {
    const { table, cause, reason } = batch
    this.#resyncs.set(reason, (this.#resyncs.get(reason) ?? 0) + 1)
    const changes = counts.found
    counts.found = 0
    // Most events make a table look again, and find nothing.
    if (changes > 0 || cause === 'resync') this.#lastResyncs.push({ at, table, cause, reason, changes })
  }
}
