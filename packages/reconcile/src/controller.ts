import { type Expectation, type LiveTable, sameValue } from '@rtnl/live-table'
import { ClosedError } from '@rtnl/netlink-core'
import { Assignments } from './assignments.ts'
import type { Conflict } from './conflict.ts'
import { Desired, desiredInTurns } from './desired.ts'
import { Engine } from './engine.ts'
import { describeOpponent } from './opponent.ts'
import type { Outcome } from './outcome.ts'
import type { Owner } from './owner.ts'
import type { ReconcileRules } from './rules.ts'
import type { CycleOptions } from './sender.ts'
import type { Cause } from './waiting/causes.ts'
import type { Dependencies } from './waiting/dependencies.ts'
import { kindOf, type Need, nameOf } from './waiting/dependency.ts'
import { type FailedEntry, Refusals } from './waiting/refusals.ts'

export interface ControllerOptions<Entry> extends Omit<CycleOptions<Entry>, 'dryRun' | 'signal'> {
  /** Ends the opening, and, of `keep`, what is done until everything was tried once. */
  readonly signal?: AbortSignal | undefined
  /** Called after each round of changes with what was done and what was refused. */
  readonly onCycle?: ((outcome: Outcome<Entry>) => void) | undefined
  /** Called when what desired entries wait for has changed, each cause once; at most once a second. */
  readonly onWaiting?: ((causes: readonly Cause<Entry>[]) => void) | undefined
  /**
   * Called with an error that does not end it: changes of what some entries need cannot be followed, so that these are tried
   * after pauses alone.
   */
  readonly onError?: ((error: Error) => void) | undefined
}

/** What a keeping is made of. */
export interface ControllerParts<Entry, Wanted> {
  readonly table: LiveTable<Entry>
  readonly rules: ReconcileRules<Entry, Wanted>
  readonly desired: Desired<Entry, Wanted>
  readonly owner: Owner<Entry>
  readonly dependencies: Dependencies
  /** What is done when it ends: closing the table, for one. */
  readonly endings: readonly (() => void)[]
}

/** Milliseconds between two readings of a table whose changes the kernel does not announce. */
const silentInterval = 30_000
/** Milliseconds between two calls of `onWaiting`. */
const waitingInterval = 1000
/** Milliseconds after something that entries need has gone in which it is looked at what they need before they are sent. */
const cautious = 10_000

/**
 * Entries that are kept in the kernel: put in, and put back when somebody changes or removes them. What is desired may
 * change at any time; one changed entry costs one request. It keeps the process alive until it is closed.
 */
export class Controller<Entry, Wanted = Partial<Entry>> implements AsyncDisposable {
  /** What the kernel holds, that of others too. */
  readonly table: LiveTable<Entry>
  /** Resolves when it is closed, with the error if one closed it. */
  readonly closed: Promise<Error | undefined>
  readonly #rules: ReconcileRules<Entry, Wanted>
  readonly #options: ControllerOptions<Entry>
  readonly #engine: Engine<Entry, Wanted>
  readonly #dependencies: Dependencies
  readonly #removesUnwanted: boolean
  readonly #endings: (() => void)[]
  readonly #ending = new AbortController()
  /** Keys to be looked at, each with an entry that has it. */
  #dirty = new Map<string, Entry>()
  /** Keys that are being looked at; `undefined` for all, or none. */
  #lookedAt: ReadonlyMap<string, Entry> | undefined
  /** Everything is to be looked at. */
  #whole = true
  readonly #refusals: Refusals<Entry>
  readonly #assignments = new Assignments<Entry, Wanted>()
  /** What somebody else has put in the place of an entry of ours, by key: it is taken back. */
  readonly #taken = new Map<string, Entry>()
  /** When something that entries need was last found to be gone. */
  #lastLoss = Number.NEGATIVE_INFINITY
  #toldVersion = 0
  #waitingTimer: ReturnType<typeof setTimeout> | undefined
  #wake: () => void = () => {}
  #idling: (() => void)[] = []
  #isIdle = false
  #ended: { readonly error: Error | undefined } | undefined
  #tellClosed: (error: Error | undefined) => void = () => {}
  readonly #running: Promise<void>

  /** Use `keep`, or `keep` of a reconciliation. */
  constructor(parts: ControllerParts<Entry, Wanted>, options: ControllerOptions<Entry>) {
    const { table, rules, desired, dependencies, endings } = parts
    this.table = table
    this.#rules = rules
    this.#options = options
    this.#dependencies = dependencies
    this.#removesUnwanted = parts.owner.removesUnwanted
    this.#engine = new Engine(table, rules, desired, this.#withTaken(parts.owner))
    this.#engine.knowledge = dependencies
    this.#refusals = new Refusals(rules, table, dependencies, (entry) =>
      this.#engine.desired.missingName(this.#engine.desired.idOf(entry)),
    )
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve
    })
    const stop = table.observe((old, next, cause, origin) => this.#changed(old, next, cause, origin), this.#expects)
    table.notifier.ref()
    dependencies.observe(
      (need) => this.#needChanged(need),
      (error) => this.#report(error),
    )
    this.#endings = [...endings, stop, () => table.notifier.unref()]
    if (rules.definition.silent === true || rules.unannounced !== undefined) {
      const timer = setInterval(() => {
        if (rules.definition.silent !== true && !this.#engine.desiresUnannounced) return
        // An error ends the table, and with it this keeping.
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
   * Desired entries that the kernel refused, or does not show as desired. They are tried again when what they need has
   * changed, others at longer and longer intervals.
   */
  get failed(): FailedEntry<Entry>[] {
    return this.#refusals.failures
  }

  /** What desired entries wait for, each cause once, with a count. */
  get waiting(): Cause<Entry>[] {
    return this.#refusals.causes
  }

  /** Desired entries that wait for one of somebody else to go. */
  get conflicts(): Conflict<Entry>[] {
    return this.#refusals.conflicts
  }

  /** Entries of others, in no order. */
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
   * Does not desire the entries with these keys any more; the rest of an entry does not matter.
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
   * Desires exactly these entries. Only those that differ from what was desired are looked at, unless they are many. They
   * are checked in turns, and must stay as they are until this resolves. What is set or deleted meanwhile counts as
   * called after.
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

  /** Where much is different, looking at everything costs less, and what goes does not go in the order of its keys. */
  #assignAll(next: Desired<Entry, Wanted>): void {
    this.#refusals.leaveContests((entry) => this.#engine.desired.has(entry) && !next.has(entry))
    this.#engine.desired.become(next)
    for (const [key, entry] of this.#taken) if (!next.has(entry)) this.#taken.delete(key)
    this.#whole = true
    this.#isIdle = false
  }

  /**
   * Resolves once all that can be done is done. What the kernel refused is in `failed` and tried again later.
   * @throws the error that ended it
   */
  async idle(): Promise<void> {
    await this.#assignments.ended()
    this.#throwIfEnded()
    if (this.#isIdle && this.#dirty.size === 0 && !this.#whole) return
    await new Promise<void>((resolve) => this.#idling.push(resolve))
    this.#throwIfEnded()
  }

  /**
   * Removes all entries of ours, then closes. In additive mode these are those that were written here, also if not everything
   * was tried yet.
   * @returns what was done; what was refused is in it
   */
  async remove(): Promise<Outcome<Entry>> {
    this.#throwIfEnded()
    this.#ending.abort()
    this.#wake()
    await this.#running
    try {
      // What was being written when it was interrupted is there too.
      await this.table.waitForSync()
      this.#taken.clear()
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#running
  }

  #look(entry: Entry): void {
    this.#dirty.set(this.#rules.key(entry), entry)
    this.#isIdle = false
  }

  #forget(entry: Entry): void {
    this.#engine.desired.delete(entry)
    this.#refusals.leaveContest(this.#rules.key(entry))
    this.#taken.delete(this.#rules.key(entry))
    this.#look(entry)
  }

  /** What was put in as it is desired is no news, unless something was wrong with some entry. */
  readonly #expects: Expectation = (row, count) =>
    this.#refusals.none && this.#taken.size === 0 && this.#engine.desired.rows.holds(row, count)

  #changed(old: Entry | undefined, next: Entry | undefined, cause: string, origin: number): void {
    const entry = next ?? old
    if (entry === undefined || old === next) return
    const rules = this.#rules
    const key = rules.key(entry)
    const desired = this.#engine.desired.list(entry)
    const givesWay = next !== undefined && rules.givesWayTo?.(next) === true
    const isOurs = (actual: Entry): boolean => rules.owns(actual) || this.#isTaken(actual)
    if (desired.length > 0 && old !== undefined && isOurs(old)) {
      if (next === undefined || rules.owns(next) || givesWay) this.#taken.delete(key)
      else this.#taken.set(key, next)
    }
    const ours = (old !== undefined && rules.owns(old)) || (next !== undefined && rules.owns(next))
    // In additive mode nothing is removed for being there.
    if (desired.length === 0 && (!this.#removesUnwanted || !ours || next === undefined)) return
    const isDesired = (actual: Entry | undefined): boolean =>
      actual !== undefined && desired.some((wanted) => rules.same(wanted, actual))
    const kept = isDesired(next)
    // It is as desired, by whatever hand; only what is known of it may be out of date, unless that is being found out.
    if (kept && (!this.#refusals.has(key) || this.#lookedAt?.has(key) === true)) return
    const undone = !kept && !givesWay && (desired.length === 0 ? old === undefined : isDesired(old))
    const byOther = cause === 'notification' && origin !== this.table.notifier.connection.portId
    const wanted = desired[0] ?? entry
    // What the kernel takes along with a link is not undone by anybody.
    const contested = undone && byOther && this.#engine.unmetNeed(wanted) === undefined
    if (!contested || !this.#refusals.undone(key, wanted, () => describeOpponent(origin))) this.#look(entry)
    this.#wake()
  }

  #isTaken(entry: Entry): boolean {
    return this.#taken.size > 0 && sameValue(this.#taken.get(this.#rules.key(entry)), entry)
  }

  /** What others have put in the place of ours is ours as well: it is taken back. */
  #withTaken(owner: Owner<Entry>): Owner<Entry> {
    return {
      removesUnwanted: owner.removesUnwanted,
      ours: (desired, list) => {
        const ours = owner.ours(desired, list)
        const taken = list.filter((entry) => this.#isTaken(entry) && !ours.includes(entry))
        return taken.length === 0 ? ours : [...ours, ...taken]
      },
      written: owner.written,
    }
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
    this.#tellWaiting()
  }

  #report(error: Error): void {
    const { onError } = this.#options
    try {
      onError?.(error)
    } catch (thrown) {
      this.#end(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }

  async #run(): Promise<void> {
    try {
      while (!this.#ending.signal.aborted) {
        // What the table holds is in doubt; what is planned with it would be too.
        if (this.table.state !== 'live') await this.table.waitForSync()
        const keys = this.#take()
        if (keys?.size === 0) await this.#sleep()
        else await this.#reconcile(keys)
        this.#refusals.endContests(performance.now())
        this.#tellWaiting()
      }
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#end(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Keys to look at now; `undefined` for all. */
  #take(): Map<string, Entry> | undefined {
    const keys = this.#dirty
    this.#dirty = new Map()
    if (this.#whole) {
      this.#whole = false
      return undefined
    }
    this.#refusals.addDue(keys)
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
    await this.#refusals.looked(looking, outcome, (key) => this.#dirty.has(key))
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
      if (this.#dirty.size > 0 || this.#whole || this.#ending.signal.aborted) resolve()
      else if (pause !== Number.POSITIVE_INFINITY) timer = setTimeout(resolve, Math.max(pause, 0))
    })
    clearTimeout(timer)
    this.#wake = () => {}
  }

  #tellWaiting(): void {
    const { onWaiting } = this.#options
    if (onWaiting === undefined || this.#waitingTimer !== undefined || this.#ended !== undefined) return
    if (this.#refusals.version === this.#toldVersion) return
    this.#toldVersion = this.#refusals.version
    this.#waitingTimer = setTimeout(() => {
      this.#waitingTimer = undefined
      try {
        this.#tellWaiting()
      } catch (error) {
        this.#end(error instanceof Error ? error : new Error(String(error)))
      }
    }, waitingInterval)
    onWaiting(this.#refusals.causes)
  }

  #end(error: Error | undefined): void {
    if (this.#ended !== undefined) return
    this.#ended = { error }
    this.#ending.abort(error)
    clearTimeout(this.#waitingTimer)
    for (const ending of this.#endings.splice(0)) ending()
    this.#wake()
    for (const resolve of this.#idling.splice(0)) resolve()
    this.#tellClosed(error)
  }

  /** Also where it is about to end, as everything is being removed. */
  #throwIfEnded(): void {
    if (this.#ending.signal.aborted) throw this.#ended?.error ?? new ClosedError('keeping')
  }
}
