import type { LiveTable } from '@rtnl/live-table'
import { inTurns } from '@rtnl/netlink-core'
import type { Notifier } from '@rtnl/notifier'
import type { Controller, DesiredEntry, FailedEntry, Outcome, ReconcileRules } from '@rtnl/reconcile'
import { noInterfaces } from '@rtnl/reconcile/declarations'
import { NeighborFlag } from '../constants.ts'
import type { Neighbor } from '../message.ts'

/** Rules of entries that can be announced: those of `fdbOwner` and `neighborOwner`. */
export type AnnouncementRules = ReconcileRules<Neighbor, DesiredEntry<Neighbor>>
type Entries = readonly DesiredEntry<Neighbor>[]

/** Entries that are announced on one interface, of addresses that may move to another host. */
export class Announcement implements AsyncDisposable, Disposable {
  readonly #rules: AnnouncementRules
  readonly #controller: Controller<Neighbor, DesiredEntry<Neighbor>>
  /** Keys of what is announced. */
  #keys: ReadonlySet<string>
  /** Those of them that were not announced before: they are here again, whatever was learned meanwhile. */
  readonly #anew: Set<string>

  private constructor(
    rules: AnnouncementRules,
    controller: Controller<Neighbor, DesiredEntry<Neighbor>>,
    keys: ReadonlySet<string>,
    anew: Set<string>,
  ) {
    this.#rules = rules
    this.#controller = controller
    this.#keys = keys
    this.#anew = anew
  }

  /** What was learned from elsewhere before stays: it is not known which is newer. */
  static async begin(rules: AnnouncementRules, entries: Entries, notifier: Notifier): Promise<Announcement> {
    const anew = new Set<string>()
    const { keep } = await import('@rtnl/reconcile')
    const controller = await keep(movable(rules, anew), entries, { notifier })
    return new Announcement(rules, controller, await keysOf(rules, entries), anew)
  }

  /** The live table of the entries. */
  get table(): LiveTable<Neighbor> {
    return this.#controller.table
  }

  /** What the kernel refused, each with its error. */
  get failed(): FailedEntry<Neighbor>[] {
    return this.#controller.failed
  }

  /** Announces exactly these. */
  async become(entries: Entries): Promise<void> {
    const keys = await keysOf(this.#rules, entries)
    for (const key of keys) if (!this.#keys.has(key)) this.#anew.add(key)
    this.#keys = keys
    await this.#controller.assign(entries)
    // The controller undoes what others did before, and reports it, before this resolves.
    await this.#controller.table.waitForSync()
    await this.#controller.idle()
    this.#anew.clear()
  }

  /** Removes what was announced, and closes. */
  remove(): Promise<Outcome<Neighbor>> {
    return this.#controller.remove()
  }

  /** Idempotent. The entries stay in the kernel. */
  close(): void {
    this.#controller.close()
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

async function keysOf(rules: AnnouncementRules, entries: Entries): Promise<ReadonlySet<string>> {
  const keys = new Set<string>()
  await inTurns(entries, (entry) => keys.add(rules.key(rules.normalize(entry, noInterfaces))))
  return keys
}

/** Lets announced entries give way to entries learned from elsewhere, except under keys that are announced anew. */
function movable(rules: AnnouncementRules, anew: ReadonlySet<string>): AnnouncementRules {
  const isExternal = ({ flags }: Neighbor): boolean => (flags & NeighborFlag.EXT_LEARNED) !== 0
  return {
    ...rules,
    givesWayTo: (actual) => isExternal(actual) && !anew.has(rules.key(actual)),
    preemptible: (actual) =>
      rules.preemptible?.(actual) === true || (isExternal(actual) && anew.has(rules.key(actual))),
  }
}
