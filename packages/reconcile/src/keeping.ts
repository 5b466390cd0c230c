import { ClosedError } from '@rtnl/netlink-core'
import { type Expectation, type LiveTable, sameValue } from '@rtnl/notifier'
import { Assignments } from './assignments.ts'
import { Desired, desiredInTurns, keyedEntry } from './desired.ts'
import { Engine } from './engine.ts'
import type { Outcome } from './outcome.ts'
import type { Conflict } from './plan.ts'
import type { ReconcileRules } from './rules.ts'
import type { PassOptions } from './sender.ts'
import { Troubles, type Unkept } from './troubles.ts'

export interface KeepingOptions<Entry> extends Omit<PassOptions<Entry>, 'dryRun' | 'signal'> {
  /** Ends the beginning: until everything was tried once. */
  readonly signal?: AbortSignal | undefined
  /** Called after each round of changes with what was done and what was refused. */
  readonly onRound?: ((outcome: Outcome<Entry>) => void) | undefined
}

/**
 * Entries that are kept in the kernel: put in, and put back when somebody changes or removes them. What is wanted may
 * change at any time; one changed entry costs one request. It keeps the process alive until it is closed.
 */
export class Keeping<Entry, Wanted = Partial<Entry>> implements AsyncDisposable {
  /** What the kernel holds, that of others too. */
  readonly table: LiveTable<Entry>
  /** Resolves when it is closed, with the error if one closed it. */
  readonly closed: Promise<Error | undefined>
  readonly #rules: ReconcileRules<Entry, Wanted>
  readonly #options: KeepingOptions<Entry>
  readonly #engine: Engine<Entry, Wanted>
  readonly #endings: (() => void)[]
  readonly #ending = new AbortController()
  /** Keys to be looked at, each with an entry that has it. */
  #dirty = new Map<string, Entry>()
  /** Everything is to be looked at. */
  #whole = true
  readonly #troubles: Troubles<Entry>
  readonly #assignments = new Assignments<Entry, Wanted>()
  /** What somebody else has put in the place of an entry of ours, by key: it is taken back. */
  readonly #taken = new Map<string, Entry>()
  #wake: () => void = () => {}
  #settling: (() => void)[] = []
  #idle = false
  #ended: { readonly error: Error | undefined } | undefined
  #tellClosed: (error: Error | undefined) => void = () => {}
  readonly #running: Promise<void>

  /**
   * Use `keep`, or `keep` of a reconciliation.
   * @param endings what is done when it ends: closing the table, for one
   */
  constructor(
    table: LiveTable<Entry>,
    rules: ReconcileRules<Entry, Wanted>,
    desired: Desired<Entry, Wanted>,
    options: KeepingOptions<Entry>,
    endings: readonly (() => void)[],
  ) {
    this.table = table
    this.#rules = rules
    this.#options = options
    this.#troubles = new Troubles(rules, table)
    const owns = (actual: Entry): boolean => rules.owns(actual) || this.#isTaken(actual)
    const withTaken: ReconcileRules<Entry, Wanted> = Object.create(rules, { owns: { value: owns } })
    this.#engine = new Engine(table, withTaken, desired)
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve
    })
    const stop = table.observe((old, next) => this.#changed(old, next), this.#expects)
    table.notifier.hold()
    this.#endings = [...endings, stop, () => table.notifier.release()]
    table.closed.then((error) => this.#end(error ?? new ClosedError(`table ${rules.definition.name}`)))
    this.#running = this.#run()
  }

  /** Number of wanted entries. */
  get size(): number {
    return this.#engine.desired.size
  }

  /** Requests that the kernel has answered. */
  get requests(): number {
    return this.#engine.requests
  }

  /** Wanted entries that the kernel refused, or does not show as wanted. They are tried again, at longer and longer intervals. */
  get failed(): Unkept<Entry>[] {
    return this.#troubles.unkept
  }

  /** Wanted entries that wait for one of somebody else to go. */
  get conflicts(): Conflict<Entry>[] {
    return this.#troubles.conflicts
  }

  /** Entries of others, in no order. */
  *learned(): Generator<Entry, void, undefined> {
    for (const entry of this.table) if (!this.#rules.owns(entry)) yield entry
  }

  /**
   * Wants these entries, in place of those with the same keys.
   * @throws {TypeError | RangeError} an entry that the kernel could not take; nothing was changed
   */
  set(...entries: readonly Wanted[]): void {
    this.#throwIfEnded()
    const checked = new Desired(this.#rules)
    const wanted = entries.map((entry, place) => checked.set(entry, place))
    const want = (): void => {
      for (const entry of wanted) this.#want(entry)
      this.#wake()
    }
    want()
    this.#assignments.changed(want)
  }

  /**
   * Does not want the entries with these keys any more; the rest of an entry does not matter.
   * @returns how many of them were wanted
   */
  delete(...entries: readonly Wanted[]): number {
    this.#throwIfEnded()
    const keyed = entries.map((entry, place) => keyedEntry(this.#rules, entry, place))
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
   * Wants exactly these entries. Only those that differ from what was wanted are looked at, unless they are many. They
   * are checked in turns, and must stay as they are until this resolves. What is set or deleted meanwhile counts as
   * called after.
   * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key
   */
  async assign(entries: Iterable<Wanted>): Promise<void> {
    this.#throwIfEnded()
    const next = desiredInTurns(this.#rules, entries)
    await this.#assignments.assign(
      next,
      () => this.#engine.desired,
      (desired, { gone, wanted, much }) => {
        this.#throwIfEnded()
        if (much) this.#assignAll(desired)
        else {
          for (const entry of gone) this.#forget(entry)
          for (const id of wanted) this.#want(desired.rows.entry(id))
        }
        this.#wake()
      },
    )
  }

  /** Where much is different, looking at everything costs less, and what goes does not go in the order of its keys. */
  #assignAll(next: Desired<Entry, Wanted>): void {
    this.#engine.desired.become(next)
    for (const [key, entry] of this.#taken) if (!next.has(entry)) this.#taken.delete(key)
    this.#whole = true
    this.#idle = false
  }

  /**
   * Resolves once all that can be done is done. What the kernel refused is in `failed` and tried again later.
   * @throws the error that ended it
   */
  async settled(): Promise<void> {
    await this.#assignments.ended()
    this.#throwIfEnded()
    if (this.#idle && this.#dirty.size === 0 && !this.#whole) return
    await new Promise<void>((resolve) => this.#settling.push(resolve))
    this.#throwIfEnded()
  }

  /** Removes all entries of ours, then closes. @returns what was done; what was refused is in it */
  async remove(): Promise<Outcome<Entry>> {
    this.#throwIfEnded()
    this.#ending.abort()
    this.#wake()
    await this.#running
    try {
      // What was being written when it was interrupted is there too.
      await this.table.fresh()
      this.#taken.clear()
      this.#engine.desired.become(new Desired(this.#rules))
      return await this.#engine.pass(undefined, { onStep: this.#options.onStep, progress: this.#options.progress })
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

  #want(entry: Entry): void {
    this.#engine.desired.put(entry)
    this.#dirty.set(this.#rules.key(entry), entry)
    this.#idle = false
  }

  #forget(entry: Entry): void {
    const key = this.#rules.key(entry)
    this.#engine.desired.delete(entry)
    this.#taken.delete(key)
    this.#dirty.set(key, entry)
    this.#idle = false
  }

  /** What was put in as it is wanted is no news, unless something was wrong with some entry. */
  readonly #expects: Expectation = (row, count) =>
    this.#troubles.none && this.#taken.size === 0 && this.#engine.desired.rows.holds(row, count)

  #changed(old: Entry | undefined, next: Entry | undefined): void {
    const entry = next ?? old
    if (entry === undefined || old === next) return
    const rules = this.#rules
    const key = rules.key(entry)
    const desired = this.#engine.desired.get(entry)
    const givesWay = next !== undefined && rules.givesWayTo?.(next) === true
    if (desired !== undefined && old !== undefined && (rules.owns(old) || this.#isTaken(old))) {
      if (next === undefined || rules.owns(next) || givesWay) this.#taken.delete(key)
      else this.#taken.set(key, next)
    }
    const ours = (old !== undefined && rules.owns(old)) || (next !== undefined && rules.owns(next))
    if (desired === undefined && (!ours || next === undefined)) return
    const kept = desired !== undefined && next !== undefined && rules.same(desired, next)
    // It is as wanted, by whatever hand; only what is told of it may be out of date.
    if (kept && !this.#troubles.has(key)) return
    const lost = !kept && !givesWay && desired !== undefined && old !== undefined && rules.same(desired, old)
    if (!lost || !this.#troubles.undone(key, desired)) {
      this.#dirty.set(key, entry)
      this.#idle = false
    }
    this.#wake()
  }

  #isTaken(entry: Entry): boolean {
    return this.#taken.size > 0 && sameValue(this.#taken.get(this.#rules.key(entry)), entry)
  }

  async #run(): Promise<void> {
    try {
      while (!this.#ending.signal.aborted) {
        // What the table holds is in doubt; what is planned with it would be too.
        if (this.table.state !== 'live') await this.table.fresh()
        const keys = this.#take()
        if (keys?.size === 0) await this.#sleep()
        else await this.#look(keys)
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
    this.#troubles.addDue(keys)
    return keys
  }

  async #look(keys: Map<string, Entry> | undefined): Promise<void> {
    const { onStep, progress, onRound } = this.#options
    const options = { signal: this.#ending.signal, onStep, progress }
    this.#idle = false
    const looking = this.#troubles.look(keys?.keys())
    const outcome = await this.#engine.passChecked(keys?.values(), options)
    await this.#troubles.looked(looking, outcome, (key) => this.#dirty.has(key))
    if (outcome.changes > 0 || !outcome.complete) onRound?.(outcome)
  }

  /** Until something changes, or a refused change is due again. */
  async #sleep(): Promise<void> {
    this.#idle = true
    for (const resolve of this.#settling.splice(0)) resolve()
    const pause = this.#troubles.next - performance.now()
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      if (this.#dirty.size > 0 || this.#whole || this.#ending.signal.aborted) resolve()
      if (pause !== Number.POSITIVE_INFINITY) timer = setTimeout(resolve, Math.max(pause, 0))
    })
    clearTimeout(timer)
    this.#wake = () => {}
  }

  /** @internal Something that refused changes may have waited for has happened. */
  hurry(): void {
    if (this.#troubles.hurry()) this.#wake()
  }

  #end(error: Error | undefined): void {
    if (this.#ended !== undefined) return
    this.#ended = { error }
    this.#ending.abort(error)
    for (const ending of this.#endings.splice(0)) ending()
    this.#wake()
    for (const resolve of this.#settling.splice(0)) resolve()
    this.#tellClosed(error)
  }

  /** Also where it is about to end, as everything is being removed. */
  #throwIfEnded(): void {
    if (this.#ending.signal.aborted) throw this.#ended?.error ?? new ClosedError('keeping')
  }
}
