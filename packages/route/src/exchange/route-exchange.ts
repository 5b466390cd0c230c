import { LinkTable } from '@rtnl/link'
import type { LiveTableOptions } from '@rtnl/live-table'
import { NexthopTable } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import type { Conflict, Controller, DesiredEntry, FailedEntry } from '@rtnl/reconcile'
import { learnedFrom } from '../learned.ts'
import type { Route } from '../message.ts'
import { routeOwner } from '../reconcile/rules.ts'
import { advertisedEntries } from './advertised.ts'
import { distribute, type ExchangeDatapath, type ExchangedRoute, isUsableTable, vrfName } from './datapath.ts'
import { advertisedProtocol } from './ovn.ts'
import { MaintainedVrfs } from './vrfs.ts'

/** What became of one routing table in a run. */
export interface ExchangedTable {
  /** Id of the routing table. */
  readonly table: number
  /** Several datapaths advertise routes in it: what was there stays as it is, and nothing is learned from it. */
  readonly conflict: string | undefined
  /** Routes that the kernel refused. They are tried again. */
  readonly failed: readonly FailedEntry<Route>[]
  /** Routes that wait for those of others to go. */
  readonly blocked: readonly Conflict<Route>[]
}

/** What a run of the exchange did. */
export interface ExchangeRun {
  /** The first error; the rest was done all the same. */
  readonly error: Error | undefined
  /** Each table of a datapath, and those that were left. */
  readonly tables: readonly ExchangedTable[]
  /** One for each port that learned a way. */
  readonly learned: readonly ExchangedRoute[]
  /** Datapaths that were left out, and why. */
  readonly skipped: readonly {
    /** Its name. */
    readonly datapath: string
    /** For people. */
    readonly reason: string
  }[]
}

/** How routes are exchanged. */
export interface RouteExchangeOptions extends LiveTableOptions {
  /** Routing protocol of the owned routes. Default: 84 (OVN). */
  readonly protocol?: number | undefined
}

/**
 * Exchanges routes between datapaths and the routing daemons of the host, by routing tables. Each routing table has its own
 * live table and controller, so that a change costs what it changes. `run` takes what is desired now and returns what is
 * learned now.
 */
export class RouteExchange implements AsyncDisposable, Disposable {
  readonly #notifier: Notifier
  readonly #ownsNotifier: boolean
  readonly #protocol: number
  readonly #links: LinkTable
  readonly #nexthops: NexthopTable
  readonly #vrfs: MaintainedVrfs
  readonly #controllers = new Map<number, Controller<Route, DesiredEntry<Route>>>()
  /** Routing tables that have owned routes, or may have some. */
  readonly #maintained = new Set<number>()

  private constructor(
    notifier: Notifier,
    ownsNotifier: boolean,
    protocol: number,
    links: LinkTable,
    nexthops: NexthopTable,
  ) {
    this.#notifier = notifier
    this.#ownsNotifier = ownsNotifier
    this.#protocol = protocol
    this.#links = links
    this.#nexthops = nexthops
    this.#vrfs = new MaintainedVrfs(notifier.connection, links)
  }

  /** See `openTable` of `@rtnl/notifier` for the errors. */
  static async open(options: RouteExchangeOptions = {}): Promise<RouteExchange> {
    const { protocol = advertisedProtocol, notifier: shared, signal, ...open } = options
    const notifier = shared ?? (await Notifier.open(open))
    try {
      const links = await LinkTable.open({ notifier, signal })
      const nexthops = await NexthopTable.open({ notifier, signal })
      return new RouteExchange(notifier, shared === undefined, protocol, links, nexthops)
    } catch (error) {
      if (shared === undefined) notifier.close()
      throw error
    }
  }

  /** Writes what the datapaths advertise, cleans up tables and VRFs of former datapaths, and returns what was learned. */
  async run(datapaths: readonly ExchangeDatapath[]): Promise<ExchangeRun> {
    const errors: Error[] = []
    const skipped: { datapath: string; reason: string }[] = []
    await Promise.all([this.#links.waitForSync(), this.#nexthops.waitForSync()])
    const byTable = await this.#group(datapaths, errors, skipped)
    const tables: ExchangedTable[] = []
    const learned: ExchangedRoute[] = []
    for (const [table, members] of byTable) {
      this.#maintained.add(table)
      const report = await this.#syncTable(table, members, errors)
      tables.push(report)
      if (report.conflict !== undefined) continue
      try {
        await this.#learn(table, members, learned)
      } catch (error) {
        errors.push(error as Error)
      }
    }
    for (const table of [...this.#maintained]) if (!byTable.has(table)) await this.#cleanUp(table, errors)
    const wanted = new Set(datapaths.filter(({ maintainVrf }) => maintainVrf === true).map(vrfName))
    for (const name of datapaths.map(vrfName)) if (!wanted.has(name)) this.#vrfs.forget(name)
    errors.push(...(await this.#vrfs.keepOnly(wanted)))
    return { error: errors[0], tables, learned, skipped }
  }

  /**
   * Removes all owned routes and the VRFs that the exchange added, and closes.
   * @returns the errors
   */
  async remove(): Promise<Error[]> {
    const errors: Error[] = []
    for (const table of [...this.#maintained]) await this.#cleanUp(table, errors)
    errors.push(...(await this.#vrfs.keepOnly(new Set())))
    this.close()
    return errors
  }

  /** Idempotent. Routes and VRFs stay. */
  close(): void {
    for (const controller of this.#controllers.values()) controller.close()
    this.#controllers.clear()
    this.#links.close()
    this.#nexthops.close()
    if (this.#ownsNotifier) this.#notifier.close()
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** The datapaths of each table. Those whose table or VRF cannot be are left out. */
  async #group(
    datapaths: readonly ExchangeDatapath[],
    errors: Error[],
    skipped: { datapath: string; reason: string }[],
  ): Promise<Map<number, ExchangeDatapath[]>> {
    const byTable = new Map<number, ExchangeDatapath[]>()
    for (const datapath of datapaths) {
      const { name, table, maintainVrf } = datapath
      if (!isUsableTable(table)) {
        skipped.push({ datapath: name, reason: `${table} is no routing table that may be written` })
        continue
      }
      if (maintainVrf === true) {
        try {
          await this.#vrfs.ensure(vrfName(datapath), table)
        } catch (error) {
          errors.push(error as Error)
          skipped.push({ datapath: name, reason: (error as Error).message })
          continue
        }
      }
      const members = byTable.get(table)
      if (members === undefined) byTable.set(table, [datapath])
      else members.push(datapath)
    }
    return byTable
  }

  async #syncTable(table: number, members: readonly ExchangeDatapath[], errors: Error[]): Promise<ExchangedTable> {
    const advertising = members.filter(({ routes }) => routes.length > 0)
    if (advertising.length > 1) {
      const conflict = `Multiple datapaths are distributing routes on routing table ${table}`
      return { table, conflict, failed: [], blocked: [] }
    }
    try {
      const entries = advertisedEntries(advertising[0]?.routes ?? [])
      let controller = this.#controllers.get(table)
      if (controller === undefined) {
        const owner = routeOwner({ table, protocol: this.#protocol })
        const { keep } = await import('@rtnl/reconcile')
        controller = await keep(owner, entries, { notifier: this.#notifier })
        this.#controllers.set(table, controller)
      } else {
        await controller.assign(entries)
        // What others did before this run is to be healed, and learned, in it.
        await controller.table.waitForSync()
        await controller.idle()
      }
      const { failed, conflicts } = controller
      for (const { error } of failed) errors.push(error)
      return { table, conflict: undefined, failed, blocked: conflicts }
    } catch (error) {
      errors.push(error as Error)
      return { table, conflict: undefined, failed: [], blocked: [] }
    }
  }

  async #learn(table: number, members: readonly ExchangeDatapath[], learned: ExchangedRoute[]): Promise<void> {
    const controller = this.#controllers.get(table)
    if (controller === undefined) return
    const context = { nexthops: this.#nexthops, links: this.#links, own: this.#protocol }
    await distribute(await learnedFrom(controller.table, context), members, learned)
  }

  /** Removes the owned routes of a table. After an error the next run tries again. */
  async #cleanUp(table: number, errors: Error[]): Promise<void> {
    const controller = this.#controllers.get(table)
    this.#controllers.delete(table)
    try {
      const { reconcile } = await import('@rtnl/reconcile')
      const outcome =
        controller === undefined
          ? await reconcile(routeOwner({ table, protocol: this.#protocol }), [], { notifier: this.#notifier })
          : await controller.remove()
      for (const { error } of outcome.failed) errors.push(error)
      if (outcome.failed.length === 0) this.#maintained.delete(table)
    } catch (error) {
      errors.push(error as Error)
    }
  }
}
