import { LinkTable } from '@rtnl/link'
import type { LiveTable } from '@rtnl/live-table'
import type { Metrics } from '@rtnl/metrics'
import { ClosedError } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { findTable, InterfaceNames, openPart, partOf, type TableModule } from '@rtnl/tables'
import { localSpace, type ViewSpace } from '@rtnl/web'
import type { DesiredSet } from '../desired/desired-set.ts'
import { type KeptSets, type NamespaceIdentity, ownerKey } from '../desired/kept-sets.ts'
import { SetKeeper } from '../desired/set-keeper.ts'
import type { SetStatus } from '../desired/set-status.ts'

/** What a namespace needs of its agent. */
export interface NamespaceAgent {
  readonly metrics: Metrics
  readonly kept: KeptSets
  /** Called when the status of a set may have changed. */
  readonly changed: () => void
}

/** One namespace that an agent works in: its tables, and the sets that it keeps there. */
export class FollowedNamespace {
  readonly place: NamespaceIdentity
  /** By their names. */
  readonly tables = new Map<string, LiveTable<unknown>>()
  /** Resolves when it is closed, with the error if one ended it. */
  readonly closed: Promise<Error | undefined>
  readonly #notifier: Notifier
  readonly #links: LinkTable
  readonly #agent: NamespaceAgent
  /** By their owners. */
  readonly #keepers = new Map<string, SetKeeper>()
  /** What a view shows, once somebody has looked. */
  #space: ViewSpace | undefined
  #names: InterfaceNames | undefined
  /** Sets whose owner is another one's. */
  #conflicts: readonly SetStatus[] = []

  private constructor(place: NamespaceIdentity, notifier: Notifier, links: LinkTable, agent: NamespaceAgent) {
    this.place = place
    this.#notifier = notifier
    this.#links = links
    this.#agent = agent
    this.closed = links.closed
  }

  /**
   * Opens the tables of a namespace.
   * @throws {NetlinkError} there is no such namespace, or this process may not enter it
   */
  static async open(
    place: NamespaceIdentity,
    modules: readonly TableModule<unknown>[],
    agent: NamespaceAgent,
  ): Promise<FollowedNamespace> {
    const notifier = await Notifier.open({ netns: place.netns })
    try {
      const links = await LinkTable.open({ notifier })
      const namespace = new FollowedNamespace(place, notifier, links, agent)
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
      this.#space = undefined
    }
    for (const module of modules) {
      if (this.tables.has(module.name)) continue
      const table = await openPart(partOf(module, {}), { notifier: this.#notifier })
      this.tables.set(module.name, table)
      this.#space = undefined
      this.#agent.metrics.addTable(table, { name: module.name })
    }
  }

  /**
   * Keeps these sets, and no others: what a set that is gone had put in is removed, also if another agent had put it in. Of two
   * with the same owner the first one counts.
   * @param isUnknown whether it is not known if a set is desired: one that is kept goes on as it is
   */
  async keep(sets: readonly DesiredSet[], isUnknown: (name: string) => boolean): Promise<void> {
    const wanted = new Map<string, DesiredSet>()
    const conflicts: SetStatus[] = []
    for (const set of sets) {
      const first = wanted.get(ownerKey(set))
      if (first === undefined) wanted.set(ownerKey(set), set)
      else conflicts.push(conflictOf(set, first, this.place.netns))
    }
    this.#conflicts = conflicts
    for (const left of this.#agent.kept.in(this.place)) {
      const key = ownerKey(left)
      if (!wanted.has(key) && !this.#keepers.has(key) && !isUnknown(left.name))
        this.#begin(key, { ...left, entries: [] })
    }
    // What goes is gone before something else takes its place, unless it cannot be removed.
    await Promise.all(
      [...this.#keepers].map(async ([key, keeper]) => {
        if (!wanted.has(key)) return isUnknown(keeper.name) ? undefined : await keeper.withdraw()
        if (!keeper.isLeaving) return
        this.#keepers.delete(key)
        await keeper.close()
      }),
    )
    await Promise.all(
      [...wanted].map(async ([key, set]) => {
        await this.#agent.kept.remember(set, this.place)
        const keeper = this.#keepers.get(key)
        if (keeper === undefined) this.#begin(key, set)
        else await keeper.assign(set)
      }),
    )
    this.#agent.changed()
  }

  /** Its tables for a view: another object once other tables are followed. */
  get space(): ViewSpace {
    this.#names ??= InterfaceNames.of(this.#links)
    this.#space ??= localSpace(
      this.place.netns ?? '',
      this.#notifier,
      this.#names,
      [...this.tables].map(([name, table]) => ({ module: findTable(name), table })),
    )
    return this.#space
  }

  /** How far what is desired here is in the kernel. */
  get status(): SetStatus[] {
    return [...[...this.#keepers.values()].map(({ status }) => status), ...this.#conflicts]
  }

  /** Idempotent. What was put in stays. */
  async close(): Promise<void> {
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.close()))
    this.#keepers.clear()
    // Tables that end with their notifier have failed, for the metrics.
    for (const table of this.tables.values()) table.close()
    this.#notifier.close()
  }

  #begin(key: string, set: DesiredSet): void {
    const { metrics, kept, changed } = this.#agent
    const workplace = { netns: this.place.netns, notifier: this.#notifier, links: this.#links, metrics }
    const keeper = new SetKeeper(set, workplace, () => {
      if (keeper.isGone && this.#keepers.get(key) === keeper) {
        this.#keepers.delete(key)
        void kept.forget(set, this.place).then(changed)
      }
      changed()
    })
    this.#keepers.set(key, keeper)
  }
}

function conflictOf(set: DesiredSet, first: DesiredSet, netns: string | undefined): SetStatus {
  return {
    name: set.name,
    table: set.table.name,
    ...(netns === undefined ? {} : { netns }),
    state: 'conflict',
    desired: set.entries.length,
    causes: [{ cause: `${first.name} keeps entries of the same owner`, count: set.entries.length }],
    conflicts: 0,
    drift: { found: 0, healed: 0 },
  }
}

/** Whether a namespace has ended by an error, and not by `close`. */
export function isFailure(error: Error | undefined): error is Error {
  return error !== undefined && !(error instanceof ClosedError)
}
