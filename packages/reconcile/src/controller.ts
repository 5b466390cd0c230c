import type { LiveTable } from '@rtnl/live-table'
import { type Expectation, rowAccess } from '@rtnl/live-table/internal'
import { ClosedError } from '@rtnl/netlink-core'
import { Assignments } from './assignments.ts'
import type { Conflict } from './conflict.ts'
import type { ControllerOptions, ControllerParts } from './controller-options.ts'
import { Desired, desiredInTurns } from './desired.ts'
import { Engine } from './engine.ts'
import { describeOpponent } from './opponent.ts'
import type { Outcome } from './outcome.ts'
import type { ReconcileRules } from './rules.ts'
import { Takeovers } from './takeovers.ts'
import type { Cause } from './waiting/causes.ts'
import type { Dependencies } from './waiting/dependencies.ts'
import { kindOf, type Need, nameOf } from './waiting/dependency.ts'
import { type FailedEntry, Refusals } from './waiting/refusals.ts'
import { WaitingReports } from './waiting/waiting-reports.ts'
import { WorkQueue } from './work-queue.ts'

/** Milliseconds between two relists of a table whose changes the kernel does not announce. */
const silentInterval = 30_000
/** Milliseconds, after something that entries need has gone, during which the controller checks needs before it sends. */
const cautious = 10_000

/**
 * Maintains desired entries in the kernel: writes them, and writes them again when somebody changes or removes them. The
 * desired entries may change at any time; one changed entry costs one request. A controller keeps the process alive until
 * it is closed.
 */
export class Controller<Entry, Wanted = Partial<Entry>> implements AsyncDisposable, Disposable {
  /** All entries that the kernel holds, those of others too. */
  readonly table: LiveTable<Entry>
  /** Resolves when the controller has ended, with the error if one ended it. */
  readonly closed: Promise<Error | undefined>
  readonly #rules: ReconcileRules<Entry, Wanted>
  readonly #options: ControllerOptions<Entry>
  readonly #engine: Engine<Entry, Wanted>
  readonly #dependencies: Dependencies
  readonly #removesUnwanted: boolean
  readonly #endings: (() => void)[]
  readonly #ending = new AbortController()
  readonly #queue = new WorkQueue<Entry>()
  /** Keys that are being reconciled; `undefined` for all, or none. */
  #lookedAt: ReadonlyMap<string, Entry> | undefined
  readonly #refusals: Refusals<Entry>
  readonly #assignments = new Assignments<Entry, Wanted>()
  readonly #takeovers: Takeovers<Entry>
  readonly #reports: WaitingReports<Entry>
  /** When something that entries need was last found to be gone. */
  #lastLoss = Number.NEGATIVE_INFINITY
  #wake: () => void = () => {}
  #idling: (() => void)[] = []
  #isIdle = false
  #ended: { readonly error: Error | undefined } | undefined
  #resolveClosed: (error: Error | undefined) => void = () => {}
  readonly #running: Promise<void>

  /** Use `keep`, or `keep` of a reconciliation. */
  constructor(parts: ControllerParts<Entry, Wanted>, options: ControllerOptions<Entry>) {
    const { table, rules, desired, dependencies, endings } = parts
    this.table = table
    this.#rules = rules
    this.#options = options
    this.#dependencies = dependencies
    this.#removesUnwanted = parts.owner.removesUnwanted
    this.#takeovers = new Takeovers(rules)
    this.#engine = new Engine(table, rules, desired, this.#takeovers.ownedBy(parts.owner))
    this.#engine.needs.knowledge = dependencies
    this.#refusals = new Refusals(rules, table, dependencies, (entry) =>
      this.#engine.desired.missingName(this.#engine.desired.idOf(entry)),
    )
    this.#reports = new WaitingReports(this.#refusals, options.onWaiting, (thrown) => this.#endWith(thrown))
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    const stop = rowAccess(table).observe(
      (old, next, cause, origin) => this.#changed(old, next, cause, origin),
      this.#expects,
    )
    table.notifier.ref()
    dependencies.observe(
      (need) => this.#needChanged(need),
      (error) => this.#report(error),
    )
    this.#endings = [...endings, stop, () => table.notifier.unref()]
    if (rules.definition.silent === true || rules.unannounced !== undefined) {
      const timer = setInterval(() => {
        if (rules.definition.silent !== true && !this.#engine.desiresUnannounced) return
        // An error ends the table, and with it this controller.
        table.resync().catch(() => {})
      }, silentInterval)
      this.#endings.push(() => clearInterval(timer))
    }
    table.closed.then((error) => this.#end(error ?? new ClosedError(`table ${rules.definition.name}`)))
    this.#running = this.#run()
  }

  /** Number of desired entries. */
  get size(): number {
    return this.#engine.desired.size
  }

  /** Requests that the kernel has answered. */
  get requests(): number {
    return this.#engine.requests
  }

  /**
   * Desired entries that the kernel refused, or does not show as desired. The controller retries an entry when something that
   * it needs has changed, and otherwise at longer and longer intervals.
   */
  get failed(): FailedEntry<Entry>[] {
    return this.#refusals.failures
  }

  /** The causes for which desired entries wait: each once, with a count. */
  get waiting(): Cause<Entry>[] {
    return this.#refusals.causes
  }

  /** Desired entries that wait for one of somebody else to go. */
  get conflicts(): Conflict<Entry>[] {
    return this.#refusals.conflicts
  }

  /** The entries of others, in no order. */
  *learned(): Generator<Entry, void, undefined> {
    for (const entry of this.table) if (!this.#rules.owns(entry)) yield entry
  }

  /**
   * Desires these entries, in place of those with the same keys.
   * @throws {TypeError | RangeError} an entry that the kernel could not take; nothing was changed
   */
  set(...entries: readonly Wanted[]): void {
    this.#throwIfEnded()
    const want = (): void => {
      for (const entry of this.#engine.desired.set(entries)) this.#look(entry)
      this.#wake()
    }
    want()
    this.#assignments.changed(want)
  }

  /**
   * Ends the desire for the entries with these keys. The other fields of an entry do not matter.
   * @returns how many of these keys were desired
   */
  delete(...entries: readonly Wanted[]): number {
    this.#throwIfEnded()
    const keyed = entries.map((entry, place) => this.#engine.desired.keyed(entry, place))
    const forget = (): number => {
      const known = keyed.filter((entry) => this.#engine.desired.has(entry))
      for (const entry of known) this.#forget(entry)
      this.#wake()
      return known.length
    }
    this.#assignments.changed(forget)
    return forget()
  }

  /**
   * Desires exactly these entries. Only those that differ from the desired ones before are compared with the kernel, unless
   * they are many. The call checks the entries in slices of time; they must not change until it resolves. A `set` or
   * `delete` that is called meanwhile counts as called afterwards.
   * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key
   */
  async assign(entries: Iterable<Wanted>): Promise<void> {
    this.#throwIfEnded()
    const next = desiredInTurns(this.#rules, entries, this.#dependencies.namespace)
    await this.#assignments.assign(
      next,
      () => this.#engine.desired,
      (desired, { gone, wanted, much }) => {
        this.#throwIfEnded()
        if (much) this.#assignAll(desired)
        else {
          for (const entry of gone) this.#forget(entry)
          for (const id of wanted) {
            const entry = desired.rows.entry(id)
            this.#engine.desired.take(desired, entry)
            this.#look(entry)
          }
        }
        this.#wake()
      },
    )
  }

  /** For many differences. Comparing everything then costs less, and entries are not removed in the order of their keys. */
  #assignAll(next: Desired<Entry, Wanted>): void {
    this.#refusals.leaveContests((entry) => this.#engine.desired.has(entry) && !next.has(entry))
    this.#engine.desired.become(next)
    this.#takeovers.retain((entry) => next.has(entry))
    this.#queue.addEverything()
    this.#isIdle = false
  }

  /**
   * Resolves once everything that can be done is done. Entries that the kernel refused are in `failed` and tried again later.
   * @throws the error that ended it
   */
  async idle(): Promise<void> {
    await this.#assignments.ended()
    this.#throwIfEnded()
    if (this.#isIdle && this.#queue.isEmpty) return
    await new Promise<void>((resolve) => this.#idling.push(resolve))
    this.#throwIfEnded()
  }

  /**
   * Removes all owned entries, then closes. In additive mode these are the entries that this controller wrote. It may be
   * called before every entry was tried.
   * @returns what was done, with the refusals
   */
  async remove(): Promise<Outcome<Entry>> {
    this.#throwIfEnded()
    this.#ending.abort()
    this.#wake()
    await this.#running
    try {
      // The table then also shows the entries that were being written when `remove` interrupted the cycle.
      await this.table.waitForSync()
      this.#takeovers.retain(() => false)
      this.#engine.desired.become(new Desired(this.#rules))
      return await this.#engine.reconcile(undefined, {
        onOperation: this.#options.onOperation,
        progress: this.#options.progress,
      })
    } finally {
      this.close()
    }
  }

  /** Idempotent. The entries stay in the kernel. */
  close(): void {
    this.#end(undefined)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Closes, and resolves once the kernel has answered the requests that were in flight. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#running
  }

  #look(entry: Entry): void {
    this.#queue.add(this.#rules.key(entry), entry)
    this.#isIdle = false
  }

  #forget(entry: Entry): void {
    this.#engine.desired.delete(entry)
    this.#refusals.leaveContest(this.#rules.key(entry))
    this.#takeovers.delete(entry)
    this.#look(entry)
  }

  /** An entry that arrives as it is desired needs no look, unless something is wrong with some entry. */
  readonly #expects: Expectation = (row) =>
    this.#refusals.none && this.#takeovers.isEmpty && this.#engine.desired.rows.holds(row)

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
    // In additive mode no entry is removed because it is not desired.
    if (desired.length === 0 && (!this.#removesUnwanted || !ours || next === undefined)) return
    const isDesired = (actual: Entry | undefined): boolean =>
      actual !== undefined && desired.some((wanted) => rules.same(wanted, actual))
    const kept = isDesired(next)
    // The entry is as desired, whoever wrote it. A look is needed only if the controller still lists it as failed.
    if (kept && (!this.#refusals.has(key) || this.#lookedAt?.has(key) === true)) return
    const undone = !kept && !givesWay && (desired.length === 0 ? old === undefined : isDesired(old))
    const byOther = cause === 'notification' && origin !== this.table.notifier.connection.portId
    const wanted = desired[0] ?? entry
    // When the kernel removes an entry together with its link, nobody has undone it.
    const contested = undone && byOther && this.#engine.needs.unmet(wanted) === undefined
    if (!contested || !this.#refusals.undone(key, wanted, () => describeOpponent(origin))) this.#look(entry)
    this.#wake()
  }

  #needChanged(need: Need): void {
    if (this.#dependencies.isMet(need) === false) this.#lastLoss = performance.now()
    let due = this.#refusals.changed(need)
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
      this.#endWith(thrown)
    }
  }

  async #run(): Promise<void> {
    try {
      while (!this.#ending.signal.aborted) {
        // A part of the table is invalid. A plan that is made with it could be wrong.
        if (this.table.state !== 'live') await this.table.waitForSync()
        const keys = this.#take()
        if (keys?.size === 0) await this.#sleep()
        else await this.#reconcile(keys)
        this.#refusals.endContests(performance.now())
        this.#reports.update()
      }
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#endWith(error)
    }
  }

  /** The keys to compare now; `undefined` for all. */
  #take(): Map<string, Entry> | undefined {
    const keys = this.#queue.take()
    if (keys !== undefined) this.#refusals.addDue(keys)
    return keys
  }

  async #reconcile(keys: Map<string, Entry> | undefined): Promise<void> {
    const { onOperation, progress, onCycle } = this.#options
    const options = { signal: this.#ending.signal, onOperation, progress }
    this.#isIdle = false
    this.#engine.expectsRefusals = performance.now() - this.#lastLoss < cautious || this.#refusals.parked > 0
    const looking = this.#refusals.look(keys?.keys())
    this.#lookedAt = keys
    const outcome = await this.#engine.reconcileAndVerify(keys?.values(), options)
    // The kernel may have refused entries for what happened before, and only then it is known what they wait for.
    if (outcome.refused) await this.#dependencies.fresh()
    await this.#refusals.looked(looking, outcome, (key) => this.#queue.has(key))
    this.#lookedAt = undefined
    if (outcome.changes > 0 || !outcome.complete) onCycle?.(outcome)
  }

  /** Until something changes, or a refused change is due again. */
  async #sleep(): Promise<void> {
    this.#isIdle = true
    for (const resolve of this.#idling.splice(0)) resolve()
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      const pause = this.#refusals.next - performance.now()
      if (!this.#queue.isEmpty || this.#ending.signal.aborted) resolve()
      else if (pause !== Number.POSITIVE_INFINITY) timer = setTimeout(resolve, Math.max(pause, 0))
    })
    clearTimeout(timer)
    this.#wake = () => {}
  }

  #endWith(thrown: unknown): void {
    this.#end(thrown instanceof Error ? thrown : new Error(String(thrown)))
  }

  #end(error: Error | undefined): void {
    if (this.#ended !== undefined) return
    this.#ended = { error }
    this.#ending.abort(error)
    this.#reports.close()
    for (const ending of this.#endings.splice(0)) ending()
    this.#wake()
    for (const resolve of this.#idling.splice(0)) resolve()
    this.#resolveClosed(error)
  }

  /** Also where it is about to end, as everything is being removed. */
  #throwIfEnded(): void {
    if (this.#ending.signal.aborted) throw this.#ended?.error ?? new ClosedError('controller')
  }
}
