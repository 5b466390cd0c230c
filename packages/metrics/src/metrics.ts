import type { Connection } from '@rtnl/netlink-core'
import type { Notifier } from '@rtnl/notifier'
import { ConnectionTotals } from './connection-totals.ts'
import { LagProbe } from './lag-probe.ts'
import { netnsLabel } from './netns-label.ts'
import { RefusalCounts } from './refusal-counts.ts'
import { type Metric, Samples } from './samples.ts'
import { type MeasuredController, WatchedController } from './watched-controller.ts'
import { type MeasuredTable, WatchedTable } from './watched-table.ts'

/** Milliseconds that a reading waits for the measurement of the lag. */
const patience = 1000

/** The lag of a network namespace. */
export interface Lag {
  readonly netns: string
  readonly seconds: number
}

/**
 * Counts what tables, controllers and their connections do. One object is enough for all of a program. It holds no change back and
 * does not keep the process alive. A table or controller that the program closes is watched no more; one that an error has
 * closed is still shown, as out of sync, until another one is added under its name or it is removed.
 */
export class Metrics implements AsyncDisposable, Disposable {
  readonly #refusals = new RefusalCounts()
  readonly #totals = new ConnectionTotals()
  readonly #connections = new Set<Connection>()
  readonly #tables = new Map<string, WatchedTable>()
  readonly #controllers = new Map<string, WatchedController>()
  readonly #probes = new Map<Notifier, LagProbe>()

  /** Watches a connection that is used without tables. Those of tables and controllers are watched with them. */
  addConnection(connection: Connection): void {
    this.#connections.add(connection)
  }

  /**
   * Watches a table from now on.
   * @param options `name`: the label `table`, for another table of the same definition in the same namespace. Default: the name of
   *   the definition. `connection`: of a derived table, the one that it is derived through
   * @throws {TypeError} a table of the namespace has the name already, or a derived table has no `connection`
   * @throws {ClosedError} the table is closed
   */
  addTable(
    table: MeasuredTable,
    options: { readonly name?: string | undefined; readonly connection?: Connection | undefined } = {},
  ): void {
    const { name = table.definition.name, connection = table.notifier?.connection } = options
    if (connection === undefined) throw new TypeError(`table ${name} is derived: name its connection, { connection }`)
    const labels = { table: name, netns: netnsLabel(connection) }
    const key = this.#free('table', this.#tables, labels.netns, name)
    const watched = new WatchedTable(table, connection, labels, () => this.#forget(this.#tables, key, watched))
    this.#tables.set(key, watched)
  }

  /**
   * Watches a controller from now on. Its table is not watched by that.
   * @param options `name`: the label `controller`, for another controller of the same table in the same namespace. Default: the name
   *   of the table's definition
   * @throws {TypeError} a controller of the namespace has the name already
   */
  addController(controller: MeasuredController, options: { readonly name?: string | undefined } = {}): void {
    const { name = controller.table.definition.name } = options
    const labels = { controller: name, netns: netnsLabel(controller.table.notifier.connection) }
    const key = this.#free('controller', this.#controllers, labels.netns, name)
    const watched = new WatchedController(controller, labels, () => this.#forget(this.#controllers, key, watched))
    this.#controllers.set(key, watched)
  }

  /** Watches a table or controller no more; or a connection, with all that is on it. Others are ignored. */
  remove(measured: MeasuredTable | MeasuredController | Connection): void {
    this.#connections.delete(measured as Connection)
    for (const [key, watched] of this.#tables) {
      if (watched.table !== measured && watched.connection !== measured) continue
      watched.stop()
      this.#tables.delete(key)
    }
    for (const [key, { controller, connection }] of this.#controllers) {
      if (controller === measured || connection === measured) this.#controllers.delete(key)
    }
  }

  /** All metrics with their numbers of now. Resolves within about a second; never rejects. */
  async read(): Promise<Metric[]> {
    const lags = await this.lags(patience)
    const samples = new Samples()
    this.#totals.report(new Set(this.connections), this.#refusals, samples)
    for (const { netns, seconds } of lags) samples.add('lag', { netns }, seconds)
    for (const table of this.#tables.values()) table.report(samples)
    for (const controller of this.#controllers.values()) controller.report(samples)
    return samples.metrics()
  }

  /** Watches nothing more. Idempotent. */
  close(): void {
    for (const table of this.#tables.values()) table.stop()
    this.#tables.clear()
    this.#controllers.clear()
    this.#connections.clear()
    this.#refusals.close()
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** @internal */
  get tables(): Iterable<WatchedTable> {
    return this.#tables.values()
  }

  /** @internal */
  get controllers(): Iterable<WatchedController> {
    return this.#controllers.values()
  }

  /** @internal Those that `addConnection` was given. */
  get ownConnections(): Iterable<Connection> {
    return this.#connections
  }

  /** @internal All connections that are watched, each once. */
  get connections(): Iterable<Connection> {
    const used = [...this.#tables.values(), ...this.#controllers.values()].map(({ connection }) => connection)
    return new Set([...this.#connections, ...used])
  }

  /**
   * @internal
   * The lag of each namespace in which there are tables: that of its slowest notifier.
   * @param patience milliseconds; a lag that is larger is at least that
   */
  async lags(patience: number): Promise<Lag[]> {
    const notifiers = new Set(
      [...this.#tables.values(), ...this.#controllers.values()].flatMap(({ notifier }) => notifier ?? []),
    )
    for (const known of this.#probes.keys()) if (!notifiers.has(known)) this.#probes.delete(known)
    const slowest = new Map<string, number>()
    await Promise.all(
      [...notifiers].map(async (notifier) => {
        let probe = this.#probes.get(notifier)
        if (probe === undefined) {
          probe = new LagProbe(notifier)
          this.#probes.set(notifier, probe)
        }
        const seconds = await probe.measure(patience)
        if (seconds === undefined) return
        const netns = netnsLabel(notifier.connection)
        slowest.set(netns, Math.max(slowest.get(netns) ?? 0, seconds))
      }),
    )
    return [...slowest].map(([netns, seconds]) => ({ netns, seconds }))
  }

  /** The key of a name that nobody has, or whose owner an error has closed. */
  #free(
    what: string,
    known: ReadonlyMap<string, { readonly error: Error | undefined }>,
    netns: string,
    name: string,
  ): string {
    const key = `${netns} ${name}`
    const other = known.get(key)
    if (other === undefined || other.error !== undefined) return key
    throw new TypeError(`${what} ${name} in ${netns} is watched already: give this one another name, { name }`)
  }

  #forget<Watched>(all: Map<string, Watched>, key: string, watched: Watched): void {
    if (all.get(key) === watched) all.delete(key)
  }
}
