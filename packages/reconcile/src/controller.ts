import type { LiveTable } from '@rtnl/live-table'
import { ClosedError } from '@rtnl/netlink-core'
import { Assignments } from './assignments.ts'
import type { Conflict } from './conflict.ts'
import { ControlLoop } from './control-loop.ts'
import type { ControllerOptions, ControllerParts } from './controller-options.ts'
import type { Desired } from './desired.ts'
import { desiredInTurns } from './desired-of.ts'
import type { DriftCounters } from './drift.ts'
import type { Outcome } from './outcome.ts'
import type { ReconcileRules } from './rules.ts'
import type { Cause } from './waiting/causes.ts'
import type { Dependencies } from './waiting/dependencies.ts'
import type { FailedEntry } from './waiting/refusals.ts'

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
  readonly #desired: Desired<Entry, Wanted>
  readonly #dependencies: Dependencies
  readonly #loop: ControlLoop<Entry, Wanted>
  readonly #assignments = new Assignments<Entry, Wanted>()
  readonly #endings: (() => void)[]
  readonly #ending = new AbortController()
  #ended: { readonly error: Error | undefined } | undefined
  #resolveClosed: (error: Error | undefined) => void = () => {}
  readonly #running: Promise<void>

  /** Use `keep`, or `keep` of a reconciliation. */
  constructor(parts: ControllerParts<Entry, Wanted>, options: ControllerOptions<Entry>) {
    const { table, rules, desired, dependencies, endings } = parts
    this.table = table
    this.#rules = rules
    this.#desired = desired
    this.#dependencies = dependencies
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.#loop = new ControlLoop(parts, options, this.#ending.signal, (thrown) =>
      this.#end(thrown instanceof Error ? thrown : new Error(String(thrown))),
    )
    table.notifier.ref()
    this.#endings = [...endings, () => table.notifier.unref()]
    table.closed.then((error) => this.#end(error ?? new ClosedError(`table ${rules.definition.name}`)))
    this.#running = this.#loop.run()
  }

  /** Number of desired entries. */
  get size(): number {
    return this.#desired.size
  }

  /** Requests that the kernel has answered. */
  get requests(): number {
    return this.#loop.requests
  }

  /** Drift since the controller was started. What the program itself changes by `set`, `delete` and `assign` is none. */
  get drift(): DriftCounters {
    const { found, healed } = this.#loop.drift
    return { found, healed }
  }

  /**
   * Desired entries that the kernel refused, or does not show as desired. The controller retries an entry when something that
   * it needs has changed, and otherwise at longer and longer intervals.
   */
  get failed(): FailedEntry<Entry>[] {
    return this.#loop.refusals.failures
  }

  /** The causes for which desired entries wait: each once, with a count. */
  get waiting(): Cause<Entry>[] {
    return this.#loop.refusals.causes
  }

  /** Desired entries that wait for one of somebody else to go. */
  get conflicts(): Conflict<Entry>[] {
    return this.#loop.refusals.conflicts
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
    const want = (): void => this.#loop.set(entries)
    want()
    this.#assignments.changed(want)
  }

  /**
   * Ends the desire for the entries with these keys. The other fields of an entry do not matter.
   * @returns how many of these keys were desired
   */
  delete(...entries: readonly Wanted[]): number {
    this.#throwIfEnded()
    const keyed = entries.map((entry, place) => this.#desired.keyed(entry, place))
    const forget = (): number => this.#loop.delete(keyed)
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
      () => this.#desired,
      (desired, difference) => {
        this.#throwIfEnded()
        this.#loop.assign(desired, difference)
      },
    )
  }

  /**
   * Resolves once everything that can be done is done. Entries that the kernel refused are in `failed` and tried again later.
   * @throws the error that ended it
   */
  async idle(): Promise<void> {
    await this.#assignments.ended()
    this.#throwIfEnded()
    await this.#loop.idle()
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
    await this.#running
    try {
      return await this.#loop.removeAll()
    } finally {
      this.close()
    }
  }

  /** Idempotent. The entries stay in the kernel. */
  close(): void {
    this.#end(undefined)
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Closes, and resolves once the kernel has answered the requests that were in flight. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#running
  }

  #end(error: Error | undefined): void {
    if (this.#ended !== undefined) return
    this.#ended = { error }
    this.#ending.abort(error)
    this.#loop.close()
    for (const ending of this.#endings.splice(0)) ending()
    this.#resolveClosed(error)
  }

  /** Also where it is about to end, as everything is being removed. */
  #throwIfEnded(): void {
    if (this.#ending.signal.aborted) throw this.#ended?.error ?? new ClosedError('controller')
  }
}
