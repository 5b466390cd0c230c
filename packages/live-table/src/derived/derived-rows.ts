import { type Cause, type Change, changeOf, type ResyncCause, sameValue } from '../changes/change.ts'
import type { ChangeSource, SourceListener } from '../changes/change-stream.ts'
import { type IncompletePart, incompleteText } from '../relist/incomplete-parts.ts'
import type { ChangeSubscriber, FollowedRows, RowIds } from '../store/table-rows.ts'

export interface DerivedRowsOptions<Entry, Stored> {
  /** As in change batches. */
  readonly name: string
  /** Makes the entry that readers see of what is stored. Default: it is stored as it is. */
  readonly show?: (stored: Stored) => Entry
  /** Parts of the tables below that the kernel's dumps do not show to the end. Default: none. */
  incomplete?(): readonly IncompletePart[]
  /** Keeps the process alive while somebody waits for changes. */
  ref(): void
  unref(): void
}

/** Receives each difference as it is published. */
export type DerivedObserver<Entry> = (change: Change<Entry>, cause: Cause) => void

/**
 * The rows of a table that a program derives from other tables. Whoever derives them writes here; `DerivedTable` is what
 * readers get. What is stored is never changed in place.
 */
export class DerivedRows<Entry, Stored = Entry> implements FollowedRows, ChangeSource {
  readonly name: string
  readonly store: RowIds
  readonly subscribers = new Set<ChangeSubscriber>()
  readonly streams = new Set<SourceListener>()
  readonly observers = new Set<DerivedObserver<Entry>>()
  readonly rows = this
  readonly #ids = new Map<string, number>()
  readonly #stored: (Stored | undefined)[] = []
  readonly #keys: string[] = []
  readonly #free: number[] = []
  readonly #show: (stored: Stored) => Entry
  readonly #life: Omit<DerivedRowsOptions<Entry, Stored>, 'name' | 'show'>
  /** Whether something changed by a resync of a table below since readers were told of one. */
  #isReread = false
  #ended: { readonly error: Error | undefined } | undefined

  constructor({ name, show = (stored) => stored as unknown as Entry, ...life }: DerivedRowsOptions<Entry, Stored>) {
    this.name = name
    this.#show = show
    this.#life = life
    const stored = this.#stored
    this.store = {
      get idLimit() {
        return stored.length
      },
      has: (id) => stored[id] !== undefined,
    }
  }

  get size(): number {
    return this.#ids.size
  }

  get ended(): { readonly error: Error | undefined } | undefined {
    return this.#ended
  }

  get isFinal(): boolean {
    return this.#ended !== undefined
  }

  get incomplete(): readonly IncompletePart[] {
    return this.#life.incomplete?.() ?? []
  }

  get incompleteText(): string | undefined {
    const parts = this.incomplete
    return parts.length === 0 ? undefined : incompleteText(parts)
  }

  ref(): void {
    this.#life.ref()
  }

  unref(): void {
    this.#life.unref()
  }

  /** What is stored under a key. */
  get(key: string): Stored | undefined {
    const id = this.#ids.get(key)
    return id === undefined ? undefined : this.#stored[id]
  }

  /** What readers see under a key. */
  shown(key: string): Entry | undefined {
    const stored = this.get(key)
    return stored === undefined ? undefined : this.#show(stored)
  }

  *entries(): Generator<Entry, void, undefined> {
    for (const stored of this.stored()) yield this.#show(stored)
  }

  *stored(): Generator<Stored, void, undefined> {
    for (const stored of this.#stored) if (stored !== undefined) yield stored
  }

  /**
   * Stores an entry and publishes the difference. One that equals what was there changes nothing.
   * @param old what readers saw before, if `show` makes something else of it now
   * @returns whether it was a change
   */
  set(key: string, next: Stored, cause: Cause, old?: Entry): boolean {
    const known = this.#ids.get(key)
    const before = known === undefined ? undefined : this.#stored[known]
    if (known === undefined || before === undefined) {
      const id = this.#free.pop() ?? this.#stored.length
      this.#ids.set(key, id)
      this.#stored[id] = next
      this.#keys[id] = key
      this.#publish(id, key, cause, undefined, () => this.#show(next))
      return true
    }
    const isSame = old === undefined ? sameValue(before, next) : sameValue(old, this.#show(next))
    this.#stored[known] = next
    if (!isSame)
      this.#publish(
        known,
        key,
        cause,
        () => old ?? this.#show(before),
        () => this.#show(next),
      )
    return !isSame
  }

  /** @returns whether there was one @param old as of `set` */
  delete(key: string, cause: Cause, old?: Entry): boolean {
    const id = this.#ids.get(key)
    const before = id === undefined ? undefined : this.#stored[id]
    if (id === undefined || before === undefined) return false
    this.#ids.delete(key)
    this.#stored[id] = undefined
    this.#free.push(id)
    this.#publish(id, key, cause, () => old ?? this.#show(before), undefined)
    return true
  }

  added(id: number): Change<Entry> | undefined {
    const stored = this.#stored[id]
    return stored === undefined ? undefined : { kind: 'added', key: this.#keys[id] ?? '', entry: this.#show(stored) }
  }

  /** Tells readers of resyncs of tables below, if something changed here by one since the last call. */
  resynced(resyncs: Iterable<{ readonly cause: ResyncCause; readonly reason: string }>): void {
    if (!this.#isReread) return
    this.#isReread = false
    for (const { cause, reason } of resyncs) {
      for (const stream of this.streams) stream.resynced(this, cause, reason)
    }
  }

  /** Tells readers that the kernel's dumps do not show all of a table below. */
  incompleteChanged(): void {
    const text = this.incompleteText
    if (text === undefined) return
    for (const stream of this.streams) stream.incomplete(this, text)
  }

  /** Idempotent. Ends the streams: with the error, if there is one. */
  end(error: Error | undefined): void {
    if (this.#ended !== undefined) return
    this.#ended = { error }
    for (const stream of this.streams) stream.end(error)
    this.observers.clear()
  }

  #publish(
    id: number,
    key: string,
    cause: Cause,
    old: (() => Entry) | undefined,
    next: (() => Entry) | undefined,
  ): void {
    if (cause === 'resync' || cause === 'inferred') this.#isReread = true
    if (this.subscribers.size === 0 && this.observers.size === 0) return
    const change = changeOf(key, old?.(), next?.())
    for (const subscriber of this.subscribers) subscriber.changed(this, id, cause, change)
    for (const observer of this.observers) observer(change, cause)
  }
}
