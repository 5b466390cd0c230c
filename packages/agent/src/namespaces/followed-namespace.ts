import { LinkTable } from '@rtnl/link'
import type { LiveTable } from '@rtnl/live-table'
import type { Metrics } from '@rtnl/metrics'
import { ClosedError } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { openPart, partOf, type TableModule } from '@rtnl/tables'
import type { DesiredSet } from '../desired/desired-set.ts'
import { SetKeeper } from '../desired/set-keeper.ts'
import type { SetStatus } from '../desired/set-status.ts'

/** One namespace that an agent works in: its tables, and the sets that it keeps there. */
export class FollowedNamespace {
  /** `undefined`: the one of the process. */
  readonly netns: string | undefined
  /** By their names. */
  readonly tables = new Map<string, LiveTable<unknown>>()
  /** Resolves when it is closed, with the error if one ended it. */
  readonly closed: Promise<Error | undefined>
  readonly #notifier: Notifier
  readonly #links: LinkTable
  readonly #metrics: Metrics
  readonly #changed: () => void
  readonly #keepers = new Map<string, SetKeeper>()

  private constructor(
    netns: string | undefined,
    notifier: Notifier,
    links: LinkTable,
    metrics: Metrics,
    changed: () => void,
  ) {
    this.netns = netns
    this.#notifier = notifier
    this.#links = links
    this.#metrics = metrics
    this.#changed = changed
    this.closed = links.closed
  }

  /**
   * Opens the tables of a namespace.
   * @param changed called when the status of a set may have changed
   * @throws {NetlinkError} there is no such namespace, or this process may not enter it
   */
  static async open(
    netns: string | undefined,
    modules: readonly TableModule<unknown>[],
    metrics: Metrics,
    changed: () => void,
  ): Promise<FollowedNamespace> {
    const notifier = await Notifier.open({ netns })
    try {
      const links = await LinkTable.open({ notifier })
      const namespace = new FollowedNamespace(netns, notifier, links, metrics, changed)
      await namespace.follow(modules)
      return namespace
    } catch (error) {
      notifier.close()
      throw error
    }
  }

  /** Follows these tables, and no others. */
  async follow(modules: readonly TableModule<unknown>[]): Promise<void> {
    for (const [name, table] of this.tables) {
      if (modules.some((module) => module.name === name)) continue
      table.close()
      this.tables.delete(name)
    }
    for (const module of modules) {
      if (this.tables.has(module.name)) continue
      const table = await openPart(partOf(module, {}), { notifier: this.#notifier })
      this.tables.set(module.name, table)
      this.#metrics.addTable(table, { name: module.name })
    }
  }

  /** Keeps these sets, and no others: what a set that is gone had put in is removed. */
  async keep(sets: readonly DesiredSet[]): Promise<void> {
    const wanted = new Map(sets.map((set) => [set.name, set]))
    // What goes is gone before something else takes its place.
    await Promise.all(
      [...this.#keepers].map(async ([name, keeper]) => {
        const set = wanted.get(name)
        if (set !== undefined && keeper.takes(set)) return
        this.#keepers.delete(name)
        await keeper.withdraw()
      }),
    )
    await Promise.all(
      sets.map(async (set) => {
        const keeper = this.#keepers.get(set.name)
        if (keeper !== undefined) return await keeper.assign(set)
        const workplace = { netns: this.netns, notifier: this.#notifier, links: this.#links, metrics: this.#metrics }
        this.#keepers.set(set.name, new SetKeeper(set, workplace, this.#changed))
      }),
    )
    this.#changed()
  }

  /** How far what is desired here is in the kernel. */
  get status(): SetStatus[] {
    return [...this.#keepers.values()].map(({ status }) => status)
  }

  /** Idempotent. What was put in stays. */
  async close(): Promise<void> {
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.close()))
    this.#keepers.clear()
    this.#notifier.close()
  }
}

/** Whether a namespace has ended by an error, and not by `close`. */
export function isFailure(error: Error | undefined): error is Error {
  return error !== undefined && !(error instanceof ClosedError)
}
