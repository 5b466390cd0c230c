import { ClosedError } from '@rtnl/netlink-core'
import type { ResyncCause } from './changes/change.ts'
import type { ChangeSource, SourceListener } from './changes/change-stream.ts'
import { FilteredRows } from './changes/filtered-rows.ts'
import type { Expectation, Observer } from './changes/observer.ts'
import type { TableState } from './definition.ts'
import type { Reflector, ReflectorUser } from './reflector.ts'
import type { ReadableRows } from './store/table-rows.ts'

/** One user's handle on a shared reflector: it has its own streams, observers and end, and its own choice of shown entries. */
export class TableHandle<Entry> implements ChangeSource, ReflectorUser {
  readonly reflector: Reflector<Entry>
  readonly rows: ReadableRows<Entry>
  readonly streams = new Set<SourceListener>()
  /** Resolves at the end, with the error if one ended it. */
  readonly closed: Promise<Error | undefined>
  #resolveClosed: (error: Error | undefined) => void = () => {}
  #ended: { readonly error: Error | undefined } | undefined
  readonly #filtered: FilteredRows<Entry> | undefined
  readonly #release: () => void
  readonly #observers = new Set<() => void>()
  /** Rejects the promises that callers wait for. */
  readonly #waiting = new Set<(reason: Error) => void>()

  /**
   * @param release returns the reflector to the pool; called once
   * @param shows whether an entry is shown. Default: all are
   */
  constructor(reflector: Reflector<Entry>, release: () => void, shows: ((entry: Entry) => boolean) | undefined) {
    this.reflector = reflector
    this.#release = release
    this.#filtered = shows && new FilteredRows(reflector.rows, shows)
    this.rows = this.#filtered ?? reflector.rows
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    reflector.users.add(this)
    // The reflector may have ended since the pool returned it.
    if (reflector.ended !== undefined) this.end(reflector.ended.error)
  }

  get ended(): { readonly error: Error | undefined } | undefined {
    return this.#ended
  }

  get state(): TableState {
    return this.#ended === undefined ? this.reflector.state : 'closed'
  }

  get isFinal(): boolean {
    return this.reflector.ended !== undefined
  }

  get incompleteText(): string | undefined {
    return this.reflector.incompleteText
  }

  ref(): void {
    this.reflector.notifier.ref()
  }

  unref(): void {
    this.reflector.notifier.unref()
  }

  /** See `LiveTable.observe`. */
  observe(observer: Observer<Entry>, expected?: Expectation): () => void {
    if (this.#ended !== undefined) return () => {}
    const { observers } = this.reflector.rows
    // Another user may pass the same function.
    const own: Observer<Entry> = (old, next, cause, origin) => observer(old, next, cause, origin)
    const stop = (): void => {
      observers.delete(own)
      this.#observers.delete(stop)
    }
    observers.set(own, expected)
    this.#observers.add(stop)
    return stop
  }

  /** See `LiveTable.reselect`. */
  reselect(): Promise<void> {
    return this.whileOpen(async () => await this.#filtered?.reselect())
  }

  /** Returns the result of `work`; rejects at once when the handle ends. */
  async whileOpen<Result>(work: () => Promise<Result>): Promise<Result> {
    this.throwIfEnded()
    return await new Promise<Result>((resolve, reject) => {
      this.#waiting.add(reject)
      const settled = (): void => void this.#waiting.delete(reject)
      work().then(resolve, reject).finally(settled)
    })
  }

  throwIfEnded(): void {
    if (this.#ended !== undefined) throw this.#ended.error ?? this.#closedError()
  }

  resynced(cause: ResyncCause, reason: string): void {
    for (const stream of this.streams) stream.resynced(this.rows, cause, reason)
  }

  incomplete(): void {
    const { incompleteText } = this
    if (incompleteText === undefined) return
    for (const stream of this.streams) stream.incomplete(this.rows, incompleteText)
  }

  /** Idempotent. @param error the error that ended the reflector; `undefined` if the user closes the handle */
  end(error: Error | undefined): void {
    if (this.#ended !== undefined) return
    this.#ended = { error }
    this.reflector.users.delete(this)
    // First, so that the streams find out whether others go on to use the rows.
    this.#release()
    this.#filtered?.end()
    for (const stop of this.#observers) stop()
    for (const stream of this.streams) stream.end(error)
    for (const reject of this.#waiting) reject(error ?? this.#closedError())
    this.#resolveClosed(error)
  }

  #closedError(): ClosedError {
    return new ClosedError(`table ${this.reflector.name}`)
  }
}
