import { isDeepStrictEqual } from 'node:util'
import { followInterface, type Link, type LinkTable } from '@rtnl/link'
import type { Metrics } from '@rtnl/metrics'
import { aborted, deferred } from '@rtnl/netlink-core/internal'
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

/** Keeps the entries of one set in one namespace: from the moment at which it is made until it is closed, or all is removed. */
export class SetKeeper {
  readonly #workplace: Workplace
  readonly #changed: () => void
  readonly #stop = new AbortController()
  /** Nobody desires the set any more. */
  readonly #leave = new AbortController()
  readonly #tried = deferred()
  /** Ends the pause before the next try. */
  #again = deferred()
  readonly #running: Promise<void>
  #set: DesiredSet
  #controller: Controller<unknown> | undefined
  #problem: string | undefined
  /** Whether every entry was tried. */
  #isSettled = false
  #isGone = false

  /** @param changed called when `status` may have changed */
  constructor(set: DesiredSet, workplace: Workplace, changed: () => void) {
    this.#set = set
    this.#workplace = workplace
    this.#changed = changed
    this.#running = this.#run()
  }

  /** Of the set. */
  get name(): string {
    return this.#set.name
  }

  get status(): SetStatus {
    const status = statusOf(this.#set, this.#workplace.netns, this.#controller, this.#isSettled, this.#problem)
    return this.isLeaving ? { ...status, state: 'leaving', desired: 0 } : status
  }

  /** Whether what was ours is being removed. */
  get isLeaving(): boolean {
    return this.#leave.signal.aborted
  }

  /** Whether all that was ours is removed. */
  get isGone(): boolean {
    return this.#isGone
  }

  /** Desires what another version of the set does, which has the same owner. */
  async assign(set: DesiredSet): Promise<void> {
    const { entries } = this.#set
    this.#set = set
    if (set.entries === entries) return
    const controller = this.#controller
    // One that is not open yet opens with these entries, now.
    if (controller === undefined) return this.#again.resolve()
    if (isDeepStrictEqual(set.entries, entries)) return
    try {
      this.#isSettled = false
      await controller.assign(set.entries)
      this.#tell(undefined)
    } catch (error) {
      this.#tell((error as Error).message)
    }
    await this.#settle(controller)
  }

  /** Ends. The entries stay. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** Removes all that is ours, again and again until it is gone. Resolves when it was tried once. */
  async withdraw(): Promise<void> {
    this.#leave.abort()
    await Promise.race([this.#tried.promise, this.#running])
  }

  async #run(): Promise<void> {
    for (let wait = firstWait; ; wait = Math.min(wait * 2, longestWait)) {
      const { signal } = this.#leave
      const wasLeaving = signal.aborted
      try {
        return await this.#keep()
      } catch (error) {
        if (this.#stop.signal.aborted) return
        this.#tell((error as Error).message)
        if (wasLeaving) this.#tried.resolve()
        this.#again = deferred()
        const { promise: again } = this.#again
        const pause = new Promise((resolve) => setTimeout(resolve, wait).unref())
        const woken = [aborted(this.#stop.signal), again, ...(wasLeaving ? [] : [aborted(signal)])]
        await Promise.race([pause, ...woken])
        if (this.#stop.signal.aborted) return
        this.#problem = undefined
      }
    }
  }

  async #keep(): Promise<void> {
    const { dev } = this.#set.owner
    const { signal } = this.#stop
    if (dev === undefined) return await this.#keepAt(undefined, signal)
    const { links } = this.#workplace
    const use = async (link: Link | undefined, over: AbortSignal): Promise<void> => {
      if (link === undefined) return await this.#waitFor(`${dev}, which does not exist`, over)
      try {
        await this.#keepAt(link, over)
      } catch (error) {
        if (!(error instanceof UnfitInterfaceError)) throw error
        await this.#waitFor(error.what, over)
      }
    }
    await followInterface(links, dev, use, { signal, isSame: this.#set.table.sync.isSame })
  }

  /** There is no interface that has entries of ours. */
  async #waitFor(what: string, over: AbortSignal): Promise<void> {
    this.#tell(`waits for ${what}`)
    await Promise.race([aborted(over), aborted(this.#leave.signal)])
    if (this.isLeaving) this.#gone()
  }

  /** Keeps the entries until the signal aborts, or nobody desires them any more. */
  async #keepAt(link: Link | undefined, over: AbortSignal): Promise<void> {
    const { notifier, metrics } = this.#workplace
    const { name, table, owner, entries } = this.#set
    const additive = owner.additive === true
    const [place, other] = this.#places(link)
    if (other !== undefined) checkDone(await reconcile(other.rules, [], { notifier }), table.nouns[1])
    const reconciliation = await openReconciliation(place.rules, place.entries, { notifier, additive, waits: true })
    await using controller = await reconciliation.start({ onWaiting: this.#changed, onCycle: this.#changed })
    this.#controller = controller
    this.#isSettled = false
    this.#tell(undefined)
    void this.#settle(controller)
    metrics.addController(controller, { name })
    try {
      // A version that came while the controller was opened.
      if (this.#set.entries !== entries && !this.isLeaving) await controller.assign(this.#set.entries)
      const ended = await Promise.race([aborted(over), aborted(this.#leave.signal), controller.closed])
      if (ended instanceof Error) throw ended
      if (!this.isLeaving || over.aborted) return
      checkDone(await controller.remove(), table.nouns[1])
      this.#gone()
    } finally {
      this.#controller = undefined
      metrics.remove(controller)
    }
  }

  async #settle(controller: Controller<unknown>): Promise<void> {
    try {
      await controller.idle()
    } catch {
      // What ended the controller is told by `closed`.
      return
    }
    if (this.#controller !== controller) return
    this.#isSettled = true
    this.#changed()
  }

  #gone(): void {
    this.#isGone = true
    this.#stop.abort()
    this.#changed()
  }

  #places(link: Link | undefined): readonly [Place, Place?] {
    const { table, owner } = this.#set
    // What nobody desires any more need not be good to be removed.
    const entries = this.isLeaving ? [] : this.#set.entries
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

function checkDone({ failed }: Outcome<unknown>, noun: string): void {
  const [first] = failed
  if (first !== undefined) throw new Error(`${failed.length} ${noun} could not be removed: ${first.error.message}`)
}
