import { type Cause, type Change, changeOf, type ResyncCause } from '../changes/change.ts'
import type { ChangeSource, SourceListener } from '../changes/change-stream.ts'
import { type IncompletePart, incompleteText } from '../relist/incomplete-parts.ts'
import type { ChangeSubscriber, FollowedRows, RowIds } from '../store/table-rows.ts'

/** What rows need of the program that derives them. */
export interface DerivedLife {
  /** Parts of the tables below that the kernel's dumps do not show to the end. Default: none. */
  incomplete?(): readonly IncompletePart[]
  /** Keeps the process alive while somebody waits for changes. */
  ref(): void
  /** Lets the process end. */
  unref(): void
}

/** Receives each difference as it is published. */
export type DerivedObserver<Entry> = (change: Change<Entry>, cause: Cause) => void

/** Publishes the changes of a table that a program derives from other tables. Who extends it holds the rows. */
export abstract class DerivedSource<Entry> implements FollowedRows, ChangeSource {
  /** As in change batches. */
  readonly name: string
  readonly subscribers = new Set<ChangeSubscriber>()
  readonly streams = new Set<SourceListener>()
  /** Called for each change; cleared at the end. */
  readonly observers = new Set<DerivedObserver<Entry>>()
  readonly rows = this
  readonly #life: DerivedLife
  /** Whether something changed by a resync of a table below since readers were told of one. */
  #isReread = false
  #ended: ChangeSource['ended']

  /** @param name as in change batches */
  constructor(name: string, life: DerivedLife) {
    this.name = name
    this.#life = life
  }

  abstract readonly store: RowIds
  abstract readonly size: number
  abstract added(id: number): Change<Entry> | undefined

  get ended(): ChangeSource['ended'] {
    return this.#ended
  }

  get isFinal(): boolean {
    return this.#ended !== undefined
  }

  /** Parts of the tables below that the kernel's dumps do not show to the end. */
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

  /** Lets the process end. */
  unref(): void {
    this.#life.unref()
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

  /** Called for each change, before it is made. @returns whether somebody wants it published */
  protected isWanted(cause: Cause): boolean {
    if (cause === 'resync' || cause === 'inferred') this.#isReread = true
    return this.subscribers.size > 0 || this.observers.size > 0
  }

  /** Tells observers and streams of a difference. */
  protected publish(id: number, key: string, cause: Cause, old: Entry | undefined, next: Entry | undefined): void {
    const change = changeOf(key, old, next)
    for (const subscriber of this.subscribers) subscriber.changed(this, id, cause, change)
    for (const observer of this.observers) observer(change, cause)
  }
}
