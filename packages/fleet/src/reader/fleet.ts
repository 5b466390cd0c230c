import type { JsMsg } from '@nats-io/jetstream'
import type { DerivedTable } from '@rtnl/live-table'
import {
  checkName,
  checkToken,
  logSubject,
  readSubject,
  type Slot,
  type Subject,
  type TablePlaceInFleet,
} from '../names.ts'
import { connectTo, type ServerOptions } from '../nats/connect.ts'
import { Server } from '../nats/server.ts'
import { silentAfter } from '../protocol/lease-times.ts'
import { decodeMessage, type FleetMessage, type Refusal } from '../protocol/messages.ts'
import { type FleetKey, FleetTable } from './fleet-table.ts'
import { type NodePlace, NodeTable } from './node-table.ts'
import { type FleetNode, later, Nodes } from './nodes.ts'
import { StreamReader } from './stream-reader.ts'
import type { FleetEntry, TablePart } from './table-part.ts'

/** Which fleet is read from where. */
export interface FleetOptions extends ServerOptions {
  /** 1 to 64 letters, digits, `_`, `-` and `.`. */
  readonly fleet: string
  /** Names of the tables to read. Default: all. */
  readonly tables?: readonly string[] | undefined
  /** Gives up opening, and closes the fleet later. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Messages that were not believed, by reason.
 * - `subject`, `version`, `header`, `payload`: not as this version of the protocol writes them
 * - `foreign`: of a log that does not hold, such as that of an earlier start
 * - `gap`: messages before it are missing, so that a part of the stream was read again
 */
export type Refused = Readonly<Record<Refusal | 'foreign' | 'gap', number>>

/**
 * The least milliseconds for a node to come back that the server has no more: longer than a publisher pauses before it tries
 * again.
 */
const leastPatience = 10_000

/** A part, and the table of the fleet that it is of. */
interface LocatedPart {
  readonly kind: FleetTable
  readonly part: TablePart
}

/** The tables of all nodes of a fleet, live. */
export class Fleet implements AsyncDisposable, Disposable {
  /** The name of the fleet. */
  readonly name: string
  readonly #server: Server
  readonly #tables = new Map<string, FleetTable>()
  readonly #wanted: ReadonlySet<string> | undefined
  readonly #nodes: Nodes
  readonly #reader: StreamReader
  readonly #end = new AbortController()
  readonly #refused = { subject: 0, version: 0, header: 0, payload: 0, foreign: 0, gap: 0 }
  /** By subject the sequence of the last message that counted. */
  readonly #applied = new Map<string, number>()
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  #problem: Error | undefined
  #opened = (): void => {}

  private constructor(server: Server, { fleet, tables }: FleetOptions) {
    this.name = fleet
    this.#server = server
    this.#wanted = tables === undefined ? undefined : new Set(tables)
    this.#nodes = new Nodes(() => (this.#isReading ? 'live' : 'stale'))
    const problem = (error: Error | undefined): void => {
      this.#problem = error
    }
    server.refused.add(problem)
    this.#reader = new StreamReader(
      server,
      {
        message: (message, age) => this.#take(message, age),
        caughtUp: () => this.#caughtUp(),
        restarted: () => this.#restarted(),
        problem,
      },
      this.#end.signal,
    )
  }

  /**
   * Connects to the server and reads what it holds of the fleet. Then follows it, through losses of the connection, until it is closed.
   * @throws {TypeError} an option that does not fit @throws {NoStreamError} the server has no such fleet
   * @throws {Error} no server answers, or it refuses @throws the reason of the signal
   */
  static async open(options: FleetOptions): Promise<Fleet> {
    const { fleet: name, tables, signal } = options
    checkName('fleet', name)
    for (const table of tables ?? []) checkToken('tables', table)
    signal?.throwIfAborted()
    const fleet = new Fleet(await Server.on(await connectTo(options), name), options)
    const abort = (): void => fleet.#close(signal?.reason)
    if (signal?.aborted === true) abort()
    else signal?.addEventListener('abort', abort, { once: true })
    const reading = fleet.#reader.run()
    try {
      await Promise.race([
        new Promise<void>((resolve) => {
          fleet.#opened = resolve
        }),
        reading,
      ])
      signal?.throwIfAborted()
    } catch (error) {
      fleet.close()
      throw error
    }
    reading.catch((error) => fleet.#close(error))
    return fleet
  }

  /** The nodes, as a live table. */
  get nodes(): DerivedTable<FleetNode, Pick<FleetNode, 'node'>> {
    return this.#nodes.table
  }

  /** Names of the tables of which something was read, in no order. */
  get tables(): string[] {
    return [...this.#tables.keys()]
  }

  /**
   * A table of all nodes, live. Its entries are those of the nodes' tables, with `node` and `netns`. It is empty as long as nobody
   * publishes it, and ends with the fleet.
   * @param name as the nodes' tables have it: `route`
   * @throws {TypeError} it is not among the tables to read
   */
  table(name: string): DerivedTable<FleetEntry, FleetKey> {
    return this.#wantedTable(name).table
  }

  /**
   * What one namespace of one node has in a table, live. It is empty as long as the node does not publish it, also if there is no such
   * node.
   * @param name as of `table`. What its entries are is not looked at: they are what the node says
   * @throws {TypeError} no name of a node or a table, or a table that is not among those to read
   */
  nodeTable<Entry extends object = FleetEntry>(name: string, { node, netns = '' }: NodePlace): NodeTable<Entry> {
    checkName('node', node)
    const table = this.#wantedTable(name)
    return new NodeTable(table, { node, netns }, () => {
      if (table.table.state === 'closed') return 'closed'
      return this.isLive(node, netns, name) ? 'live' : 'stale'
    })
  }

  /** Whether the rows of a table are as a node has them. A node that is `live` may have a table whose snapshot is on its way. */
  isLive(node: string, netns: string, table: string): boolean {
    const part = this.#tables.get(table)?.find(node, netns)
    return part !== undefined && this.#isPartLive(table, part)
  }

  /** Messages that were not believed. */
  get refused(): Refused {
    return { ...this.#refused }
  }

  /** Why the fleet is not read now; `undefined` if it is. */
  get problem(): Error | undefined {
    return this.#server.isUp ? this.#problem : (this.#problem ?? new Error('the server is away'))
  }

  /**
   * Resolves once everything is read that the server held before the call. Waits as long as the server is away.
   * @throws the reason of the signal, or `ClosedError`
   */
  async waitForSync({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    await this.#reader.reached(signal)
  }

  /** Idempotent. Ends all tables and their streams. */
  close(): void {
    this.#close(undefined)
  }

  /** Closes: `using fleet = await Fleet.open(...)`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Closes: `await using fleet = await Fleet.open(...)`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  get #isReading(): boolean {
    return this.#server.isUp && this.#reader.isCaughtUp
  }

  #close(error: Error | undefined): void {
    if (this.#end.signal.aborted) return
    this.#end.abort(error ?? new Error(`fleet ${this.name} is closed`))
    for (const timer of this.#timers) clearTimeout(timer)
    this.#nodes.close(error)
    for (const { rows } of this.#tables.values()) rows.end(error)
    this.#server.close()
  }

  #wantedTable(name: string): FleetTable {
    checkToken('table', name)
    if (this.#wanted?.has(name) === false)
      throw new TypeError(`table: ${JSON.stringify(name)} is not among the tables that the fleet was opened with`)
    return this.#tableOf(name)
  }

  #tableOf(name: string): FleetTable {
    const known = this.#tables.get(name)
    if (known !== undefined) return known
    const table = new FleetTable(name, (part) => this.#isPartLive(name, part))
    this.#tables.set(name, table)
    return table
  }

  #isPartLive(table: string, { node, netns, epoch }: TablePart): boolean {
    return this.#nodes.isLive(node, epoch) && this.#nodes.published(node, netns, table)?.state === 'live'
  }

  #take(message: JsMsg, age: number | undefined): void {
    const subject = readSubject(this.name, message.subject)
    if (subject === undefined) {
      this.#refused.subject++
      return
    }
    if (subject.kind === 'log' && this.#wanted?.has(subject.table) === false) return
    const { streamSequence } = message.info
    // Read once more, since something else was missing.
    if (streamSequence <= (this.#applied.get(message.subject) ?? 0)) return
    const read = decodeMessage((name) => message.headers?.get(name) ?? '', message.data)
    if (typeof read === 'string') this.#refused[read]++
    else if (subject.kind === 'lease' && read.kind === 'lease') this.#takeLease(subject, read, age)
    else if (subject.kind === 'log' && read.kind !== 'lease') {
      if (!this.#takeLog(subject, streamSequence, read)) {
        this.#missed(subject, [subject.slot])
        return
      }
    } else this.#refused.header++
    this.#applied.set(message.subject, streamSequence)
  }

  #takeLease(
    { node }: Subject,
    { lease, position: { epoch, index } }: Extract<FleetMessage, { kind: 'lease' }>,
    age: number | undefined,
  ): void {
    this.#nodes.take(node, epoch, index, lease, age)
    const isStored = age !== undefined
    for (const { netns, table, incomplete, generation, index: last = 0 } of lease.tables) {
      if (this.#wanted?.has(table) === false || generation === undefined) continue
      const kind = this.#tableOf(table)
      const part = kind.part(node, netns)
      if (incomplete.length > 0 || part.incomplete.length > 0) {
        part.incomplete = incomplete
        kind.rows.incompleteChanged()
      }
      if (!isStored && !part.hasRead(epoch, generation, last)) void this.#check(table, part, epoch, generation, last)
    }
    if (!isStored) this.#dropUnlisted(node, epoch)
  }

  /** A node that publishes a table no more says so once. Should that be missing, its leases speak of the table no more. */
  #dropUnlisted(node: string, epoch: string): void {
    for (const [table, kind] of this.#tables) {
      for (const part of kind.parts) {
        if (part.node !== node || part.epoch !== epoch) continue
        part.unlisted = this.#nodes.published(node, part.netns, table) === undefined ? part.unlisted + 1 : 0
        if (part.unlisted >= silentAfter) kind.remove(part)
      }
    }
  }

  /** Looks for what a lease speaks of. The stream is in order: once it is read to its end, that was read, or what replaced it. */
  async #check(table: string, part: TablePart, epoch: string, generation: number, index: number): Promise<void> {
    try {
      await this.#reader.reached(undefined)
    } catch {
      // The fleet is closed.
      return
    }
    const { node, netns } = part
    if (this.#nodes.epoch(node) !== epoch || part.hasRead(epoch, generation, index)) return
    const read = ([0, 1] as const).filter((slot) => part.isReading(slot))
    this.#missed({ node, netns, table }, read.length > 0 ? read : [0, 1])
  }

  /** @returns whether nothing before it is missing */
  #takeLog(
    subject: Extract<Subject, { kind: 'log' }>,
    sequence: number,
    read: Exclude<FleetMessage, { kind: 'lease' }>,
  ): boolean {
    const { node, netns, table, slot } = subject
    const kind = this.#tableOf(table)
    const part = kind.part(node, netns)
    if (part.isPast(sequence)) {
      this.#refused.foreign++
      return true
    }
    if (read.kind === 'end') {
      if (read.removed) kind.remove(part)
      else part.end(slot)
      return true
    }
    const applied = part.apply(slot, sequence, read.position, read.event)
    if (applied === 'foreign') this.#refused.foreign++
    return applied !== 'gap'
  }

  /** Something is missing in logs of a table: reads them again from the last message that counted. */
  #missed(place: TablePlaceInFleet, slots: readonly Slot[]): void {
    this.#refused.gap++
    const applied = slots.map((slot) => this.#applied.get(logSubject(this.name, place, slot)) ?? 0)
    this.#reader.rewind(Math.min(...applied))
  }

  #restarted(): void {
    this.#nodes.restarted()
    this.#applied.clear()
    for (const { parts } of this.#tables.values()) for (const part of parts) part.restart()
  }

  #caughtUp(): void {
    this.#opened()
    const lost = this.#parts.filter(({ part }) => part.isLost)
    if (lost.length === 0 && this.#nodes.missing.length === 0) return
    const intervals = this.#nodes.missing.map((node) => this.#nodes.interval(node) ?? 0)
    const patience = Math.max(leastPatience, ...intervals.map((interval) => interval * silentAfter))
    const timer = later(patience, () => {
      this.#timers.delete(timer)
      this.#dropLost(lost)
    })
    this.#timers.add(timer)
  }

  /** What the server has lost, and nobody published again meanwhile, is there no more. */
  #dropLost(parts: readonly LocatedPart[]): void {
    if (!this.#isReading) return
    for (const { kind, part } of parts) {
      if (kind.find(part.node, part.netns) === part && part.isLost && !part.takeLess()) kind.remove(part)
    }
    for (const node of this.#nodes.missing) this.#nodes.gone(node)
  }

  get #parts(): LocatedPart[] {
    return [...this.#tables.values()].flatMap((kind) => kind.parts.map((part) => ({ kind, part })))
  }
}
