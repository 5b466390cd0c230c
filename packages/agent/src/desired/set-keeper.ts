import { isDeepStrictEqual } from 'node:util'
import { followInterface, type Link, type LinkTable } from '@rtnl/link'
import type { Metrics } from '@rtnl/metrics'
import { aborted } from '@rtnl/netlink-core/internal'
import type { Notifier } from '@rtnl/notifier'
import { type Controller, type Outcome, openReconciliation, reconcile } from '@rtnl/reconcile'
import { markedPlaces, type Place, UnfitInterfaceError } from '@rtnl/tables'
import type { DesiredSet } from './desired-set.ts'
import { type SetStatus, statusOf } from './set-status.ts'

/** Milliseconds until something is tried again that failed. */
const firstWait = 1000
const longestWait = 60_000

/** What a keeper works in. */
export interface Workplace {
  /** The name of the namespace, for people; `undefined`: the one of the process. */
  readonly netns: string | undefined
  readonly notifier: Notifier
  readonly links: LinkTable
  readonly metrics: Metrics
}

/** Keeps the entries of one set in one namespace: from the moment at which it is made until it is closed or withdrawn. */
export class SetKeeper {
  readonly #workplace: Workplace
  readonly #changed: () => void
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #set: DesiredSet
  #controller: Controller<unknown> | undefined
  #problem: string | undefined = 'is being opened'
  /** What was ours is to be removed at the end. */
  #withdraws = false

  /** @param changed called when `status` may have changed */
  constructor(set: DesiredSet, workplace: Workplace, changed: () => void) {
    this.#set = set
    this.#workplace = workplace
    this.#changed = changed
    this.#running = this.#run()
  }

  get status(): SetStatus {
    return statusOf(this.#set, this.#workplace.netns, this.#controller, this.#problem)
  }

  /** Whether the keeper can go on with another version of its set, by `assign`. */
  takes({ table, owner }: DesiredSet): boolean {
    return table === this.#set.table && isDeepStrictEqual(owner, this.#set.owner)
  }

  /** Desires what another version of the set does. */
  async assign(set: DesiredSet): Promise<void> {
    if (isDeepStrictEqual(set.entries, this.#set.entries)) return
    this.#set = set
    const controller = this.#controller
    // One that is not open yet opens with these entries.
    if (controller === undefined) return
    try {
      await controller.assign(set.entries)
      this.#tell(undefined)
    } catch (error) {
      this.#tell((error as Error).message)
    }
  }

  /** Ends. The entries stay. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** Removes all that is ours, and ends. */
  async withdraw(): Promise<void> {
    this.#withdraws = true
    await this.close()
  }

  async #run(): Promise<void> {
    for (let wait = firstWait; ; wait = Math.min(wait * 2, longestWait)) {
      try {
        return await this.#keep()
      } catch (error) {
        if (this.#stop.signal.aborted) return
        this.#tell((error as Error).message)
        await Promise.race([aborted(this.#stop.signal), new Promise((resolve) => setTimeout(resolve, wait).unref())])
        if (this.#stop.signal.aborted) return
      }
    }
  }

  async #keep(): Promise<void> {
    const { dev } = this.#set.owner
    const { signal } = this.#stop
    if (dev === undefined) return await this.#keepAt(undefined, signal)
    const { links } = this.#workplace
    const use = async (link: Link | undefined, over: AbortSignal): Promise<void> => {
      if (link === undefined) return this.#tell(`waits for ${dev}, which does not exist`)
      try {
        await this.#keepAt(link, over)
      } catch (error) {
        if (!(error instanceof UnfitInterfaceError)) throw error
        this.#tell(`waits for ${error.what}`)
      }
    }
    await followInterface(links, dev, use, { signal, isSame: this.#set.table.sync.isSame })
  }

  /** Keeps the entries until the signal aborts. */
  async #keepAt(link: Link | undefined, over: AbortSignal): Promise<void> {
    const { notifier, metrics } = this.#workplace
    const { name, table, owner, entries } = this.#set
    const additive = owner.additive === true
    const [place, other] = this.#places(link)
    if (other !== undefined) await reconcile(other.rules, [], { notifier })
    const reconciliation = await openReconciliation(place.rules, place.entries, { notifier, additive, waits: true })
    await using controller = await reconciliation.start({ onWaiting: this.#changed, onCycle: this.#changed })
    this.#controller = controller
    this.#tell(undefined)
    metrics.addController(controller, { name })
    try {
      // A version that came while the controller was opened.
      if (this.#set.entries !== entries) await controller.assign(this.#set.entries)
      const ended = await Promise.race([aborted(over), controller.closed])
      if (ended instanceof Error) throw ended
      if (this.#withdraws) checkRemoval(await controller.remove(), table.nouns[1])
    } finally {
      this.#controller = undefined
      metrics.remove(controller)
    }
  }

  #places(link: Link | undefined): readonly [Place, Place?] {
    const { table, owner, entries } = this.#set
    if (owner.additive === true) {
      return [{ rules: table.sync.rules(owner, entries, link), entries, positions: [...entries.keys()] }]
    }
    const places = markedPlaces(table, owner, entries, link)
    if ((places[1]?.entries.length ?? 0) === 0) return places
    throw new TypeError(table.sync.companion?.(owner, entries)?.keptApart ?? 'entries of two kinds')
  }

  #tell(problem: string | undefined): void {
    this.#problem = problem
    this.#changed()
  }
}

function checkRemoval({ failed }: Outcome<unknown>, noun: string): void {
  const [first] = failed
  if (first !== undefined) throw new Error(`${failed.length} ${noun} could not be removed: ${first.error.message}`)
}
