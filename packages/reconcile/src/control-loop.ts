import type { LiveTable } from '@rtnl/live-table'
import { type Expectation, rowAccess } from '@rtnl/live-table/internal'
import type { Difference } from './assignments.ts'
import type { ControllerOptions, ControllerParts } from './controller-options.ts'
import { Desired } from './desired.ts'
import { Drift } from './drift.ts'
import { Engine } from './engine.ts'
import { describeOpponent } from './opponent.ts'
import type { Outcome } from './outcome.ts'
import type { ReconcileRules } from './rules.ts'
import { Takeovers } from './takeovers.ts'
import type { Dependencies } from './waiting/dependencies.ts'
import { kindOf, type Need, nameOf } from './waiting/dependency.ts'
import { Refusals } from './waiting/refusals.ts'
import { WaitingReports } from './waiting/waiting-reports.ts'
import { WorkQueue } from './work-queue.ts'

/** Milliseconds between two relists of a table whose changes the kernel does not announce. */
const silentInterval = 30_000
/** Milliseconds, after something that entries need has gone, during which the loop checks needs before it sends. */
const cautious = 10_000

/**
 * Runs the cycles of a controller. The loop sleeps until a desired entry, the table, or something that entries need changes.
 * Then it reconciles the keys of the entries that this concerns.
 */
export class ControlLoop<Entry, Wanted> {
  /** Desired entries that are not in the kernel as they should be. */
  readonly refusals: Refusals<Entry>
  readonly drift = new Drift()
  readonly #table: LiveTable<Entry>
  readonly #rules: ReconcileRules<Entry, Wanted>
  readonly #options: ControllerOptions<Entry>
  readonly #dependencies: Dependencies
  readonly #removesUnwanted: boolean
  readonly #signal: AbortSignal
  readonly #failed: (thrown: unknown) => void
  readonly #engine: Engine<Entry, Wanted>
  readonly #takeovers: Takeovers<Entry>
  readonly #reports: WaitingReports<Entry>
  readonly #stopObserving: () => void
  readonly #relisting: ReturnType<typeof setInterval> | undefined
  readonly #queue = new WorkQueue<Entry>()
  /** Keys that are being reconciled; `undefined` for all, or none. */
  #lookedAt: ReadonlyMap<string, Entry> | undefined
  /** When something that entries need was last found to be gone. */
  #lastLoss = Number.NEGATIVE_INFINITY
  /** Ends the sleep, if the loop sleeps. */
  #wake: () => void = () => {}
  /** The loop has slept since its last cycle. */
  #isIdle = false
  /** Called when the loop falls asleep, or is closed. */
  #idling: (() => void)[] = []

  /**
   * @param signal ends the loop
   * @param failed takes what ends the loop otherwise: an error, or what a function of the options throws
   */
  constructor(
    parts: ControllerParts<Entry, Wanted>,
    options: ControllerOptions<Entry>,
    signal: AbortSignal,
    failed: (thrown: unknown) => void,
  ) {
    const { table, rules, desired, owner, dependencies } = parts
    this.#table = table
    this.#rules = rules
    this.#options = options
    this.#dependencies = dependencies
    this.#removesUnwanted = owner.removesUnwanted
    this.#signal = signal
    this.#failed = failed
    this.#takeovers = new Takeovers(rules)
    this.#engine = new Engine(table, rules, desired, this.#takeovers.ownedBy(owner))
    this.#engine.needs.knowledge = dependencies
    this.refusals = new Refusals(rules, table, dependencies, (entry) => desired.missingName(desired.idOf(entry)))
    this.#reports = new WaitingReports(this.refusals, options.onWaiting, failed)
    this.#stopObserving = rowAccess(table).observe(
      (old, next, cause, origin) => this.#changed(old, next, cause, origin),
      this.#expects,
    )
    dependencies.observe(
      (need) => this.#needChanged(need),
      (error) => this.#report(error),
    )
    this.#relisting = this.#relistRegularly()
    signal.addEventListener('abort', () => this.#wake())
  }

  /** Requests that the kernel has answered. */
  get requests(): number {
    return this.#engine.requests
  }

  /** Resolves once the signal has come, and the kernel has answered the requests in flight. */
  async run(): Promise<void> {
    try {
      while (!this.#signal.aborted) {
        // A part of the table is invalid. A plan that is made with it could be wrong.
        if (this.#table.state !== 'live') await this.#table.waitForSync()
        const keys = this.#take()
        if (keys?.size === 0) await this.#sleep()
        else await this.#reconcile(keys)
        this.refusals.endContests(performance.now())
        this.#reports.update()
      }
    } catch (error) {
      if (!this.#signal.aborted) this.#failed(error)
    }
  }

  /** Desires these entries, in place of those with the same keys. */
  set(entries: readonly Wanted[]): void {
    for (const entry of this.#engine.desired.set(entries)) this.#look(entry)
    this.#wake()
  }

  /** Ends the desire for the entries with the keys of these. Returns how many were desired. */
  delete(entries: readonly Entry[]): number {
    const known = entries.filter((entry) => this.#engine.desired.has(entry))
    for (const entry of known) this.#forget(entry)
    this.#wake()
    return known.length
  }

  /** Desires exactly the next entries. */
  assign(next: Desired<Entry, Wanted>, { gone, wanted, much }: Difference<Entry>): void {
    if (much) this.#assignAll(next)
    else {
      for (const entry of gone) this.#forget(entry)
      for (const id of wanted) {
        const entry = next.rows.entry(id)
        this.#engine.desired.take(next, entry)
        this.#look(entry)
      }
    }
    this.#wake()
  }

  /** Resolves once everything that can be done is done, or the loop is closed. */
  async idle(): Promise<void> {
    if (this.#isIdle && this.#queue.isEmpty) return
    await new Promise<void>((resolve) => this.#idling.push(resolve))
  }

  /** Removes all owned entries, once `run` has resolved. */
  async removeAll(): Promise<Outcome<Entry>> {
    // The table then also shows the entries that were being written when the signal interrupted the cycle.
    await this.#table.waitForSync()
    this.#takeovers.retain(() => false)
    this.#engine.desired.become(new Desired(this.#rules))
    const { onOperation, progress } = this.#options
    return await this.#engine.reconcile(undefined, { onOperation, progress })
  }

  /** Called once the signal has come. */
  close(): void {
    this.#reports.close()
    this.#stopObserving()
    clearInterval(this.#relisting)
    for (const resolve of this.#idling.splice(0)) resolve()
  }

  #look(entry: Entry): void {
    this.#queue.add(this.#rules.key(entry), entry)
  }

  #forget(entry: Entry): void {
    this.#engine.desired.delete(entry)
    this.drift.forget(this.#rules.key(entry))
    this.refusals.leaveContest(this.#rules.key(entry))
    this.#takeovers.delete(entry)
    this.#look(entry)
  }

  /** For many differences. Comparing everything then costs less, and entries are not removed in the order of their keys. */
  #assignAll(next: Desired<Entry, Wanted>): void {
    this.refusals.leaveContests((entry) => this.#engine.desired.has(entry) && !next.has(entry))
    this.#engine.desired.become(next)
    this.drift.forgetAll()
    this.#takeovers.retain((entry) => next.has(entry))
    this.#queue.addEverything()
  }

  /** The keys to compare now; `undefined` for all. */
  #take(): Map<string, Entry> | undefined {
    const keys = this.#queue.take()
    if (keys !== undefined) this.refusals.addDue(keys)
    return keys
  }

  async #reconcile(keys: Map<string, Entry> | undefined): Promise<void> {
    const { onOperation, progress, onCycle } = this.#options
    const options = { signal: this.#signal, onOperation, progress }
    this.#isIdle = false
    this.#engine.expectsRefusals = performance.now() - this.#lastLoss < cautious || this.refusals.parked > 0
    const looking = this.refusals.look(keys?.keys())
    this.#lookedAt = keys
    const { relists } = this.#table
    const outcome = await this.#engine.reconcileAndVerify(keys?.values(), options)
    // The kernel may have refused entries for what happened before, and only then it is known what they wait for.
    if (outcome.refused) await this.#dependencies.fresh()
    await this.refusals.looked(looking, outcome, (key) => this.#queue.has(key))
    this.#lookedAt = undefined
    // If the message of a removal was lost, the table kept the entry, and reports no change if somebody has added it again.
    if (outcome.removed > 0 && this.#table.relists !== relists) this.#queue.addEverything()
    if (outcome.changes > 0 || !outcome.complete) onCycle?.(outcome)
  }

  /** Until `#wake` is called, or a refused change is due again. */
  async #sleep(): Promise<void> {
    this.#isIdle = true
    for (const resolve of this.#idling.splice(0)) resolve()
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      const pause = this.refusals.next - performance.now()
      if (this.#signal.aborted) resolve()
      else if (pause !== Number.POSITIVE_INFINITY) timer = setTimeout(resolve, Math.max(pause, 0))
    })
    clearTimeout(timer)
  }

  /** An entry that arrives as it is desired needs no look, unless something is wrong with some entry. */
  readonly #expects: Expectation = (row) =>
    this.refusals.none && this.#takeovers.isEmpty && this.drift.isHealed && this.#engine.desired.rows.holds(row)

  /** Called with each change of the table. */
  #changed(old: Entry | undefined, next: Entry | undefined, cause: string, origin: number): void {
    const entry = next ?? old
    if (entry === undefined || old === next) return
    const rules = this.#rules
    const key = rules.key(entry)
    const desired = this.#engine.desired.list(entry)
    const givesWay = next !== undefined && rules.givesWayTo?.(next) === true
    const isOurs = (actual: Entry): boolean => rules.owns(actual) || this.#takeovers.has(actual)
    if (desired.length > 0 && old !== undefined && isOurs(old)) {
      if (next === undefined || rules.owns(next) || givesWay) this.#takeovers.delete(entry)
      else this.#takeovers.add(next)
    }
    const ours = (old !== undefined && rules.owns(old)) || (next !== undefined && rules.owns(next))
    if (desired.length === 0 && next === undefined) this.drift.heal(key)
    // In additive mode no entry is removed because it is not desired.
    if (desired.length === 0 && (!this.#removesUnwanted || !ours || next === undefined)) return
    const isDesired = (actual: Entry | undefined): boolean =>
      actual !== undefined && desired.some((wanted) => rules.same(wanted, actual))
    const kept = isDesired(next)
    if (kept) this.drift.heal(key)
    // The entry is as desired, whoever wrote it. A look is needed only if the controller still lists it as failed.
    if (kept && (!this.refusals.has(key) || this.#lookedAt?.has(key) === true)) return
    const undone = !kept && !givesWay && (desired.length === 0 ? old === undefined : isDesired(old))
    const isOwn = origin === this.#table.notifier.connection.portId
    const byOther = cause === 'notification' && !isOwn
    if (undone && !isOwn) this.drift.find(key)
    const wanted = desired[0] ?? entry
    // When the kernel removes an entry together with its link, nobody has undone it.
    const contested = undone && byOther && this.#engine.needs.unmet(wanted) === undefined
    if (!contested || !this.refusals.undone(key, wanted, () => describeOpponent(origin))) this.#look(entry)
    this.#wake()
  }

  /** Called when the state of something that entries need may have changed. */
  #needChanged(need: Need): void {
    if (this.#dependencies.isMet(need) === false) this.#lastLoss = performance.now()
    let due = this.refusals.changed(need)
    const { condition } = this.#rules
    if (condition?.dependency.kinds.includes(kindOf(need)) === true) {
      for (const entry of this.#engine.desired.list(condition.keyOf(need))) {
        // The kernel may hold it as desired, and yet it does not do what it says any more.
        this.#look(entry)
        due = true
      }
    }
    if (kindOf(need) === 'ifname') {
      for (const id of this.#engine.desired.boundTo(nameOf(need))) {
        const rebound = this.#engine.desired.rebind(id)
        if (rebound === undefined) continue
        // The key may be another one now.
        this.#look(rebound.old)
        this.#look(rebound.entry)
        due = true
      }
    }
    if (due) this.#wake()
    this.#reports.update()
  }

  #report(error: Error): void {
    const { onError } = this.#options
    try {
      onError?.(error)
    } catch (thrown) {
      this.#failed(thrown)
    }
  }

  /** If the kernel does not announce changes of what is desired. */
  #relistRegularly(): ReturnType<typeof setInterval> | undefined {
    const { definition, unannounced } = this.#rules
    if (definition.silent !== true && unannounced === undefined) return undefined
    return setInterval(() => {
      if (definition.silent !== true && !this.#engine.desiresUnannounced) return
      // An error ends the table, and with it the controller.
      this.#table.resync().catch(() => {})
    }, silentInterval)
  }
}
