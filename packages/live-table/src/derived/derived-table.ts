import { ClosedError, surface } from '@rtnl/netlink-core'
import type { ChangeBatch } from '../changes/change.ts'
import type { ChangeSource } from '../changes/change-stream.ts'
import type { TableState } from '../definition.ts'
import { checkKey } from '../entry-key.ts'
import { type AnyTable, type ChangesOptions, changeSource, follow, startTable } from '../live-table.ts'
import type { IncompletePart } from '../relist/incomplete-parts.ts'
import type { DerivedObserver } from './derived-source.ts'

/** What a derived table reads: `DerivedRows`, whatever it stores. */
export interface DerivedContent<Entry> extends ChangeSource {
  /** As in change batches. */
  readonly name: string
  /** Number of rows. */
  readonly size: number
  /** Called for each change. */
  readonly observers: Set<DerivedObserver<Entry>>
  /** Parts of the tables below that the kernel's dumps do not show to the end. */
  readonly incomplete: readonly IncompletePart[]
  /** The row under a key, as readers see it. */
  shown(key: string): Entry | undefined
  /** All rows, as readers see them. */
  entries(): Generator<Entry, void, undefined>
  /** Ends all streams, with an error or without. */
  end(error: Error | undefined): void
}

/** A table that is derived from others, live: it is read and followed as a `LiveTable` is. */
export class DerivedTable<Entry, Key extends object> implements AnyTable, AsyncDisposable, Disposable {
  /** What is known of every table: its name. */
  readonly definition: {
    /** As in change batches. */
    readonly name: string
  }
  readonly #rows: DerivedContent<Entry>
  readonly #keyOf: (key: Key) => string
  readonly #state: () => TableState

  /**
   * @param rows what the program that derives the table writes to
   * @param keyOf the text of a key
   * @param state that of the tables from which this one is derived
   */
  constructor(rows: DerivedContent<Entry>, keyOf: (key: Key) => string, state: () => TableState) {
    this.definition = { name: rows.name }
    this.#rows = rows
    this.#keyOf = keyOf
    this.#state = state
  }

  /** Whether the table shows what its tables show, waits for one, or is closed. */
  get state(): TableState {
    return this.#rows.ended === undefined ? this.#state() : 'closed'
  }

  /** How many entries there are. */
  get size(): number {
    return this.#rows.size
  }

  /** Parts of the tables below that the kernel's dumps do not show to the end: as of `LiveTable`, each with the name of its table. */
  get incomplete(): readonly IncompletePart[] {
    return this.#rows.incomplete
  }

  /**
   * The entry with this key, or `undefined`. An entry is its own key.
   * @throws {TypeError} the key is no object
   */
  get(key: Key): Entry | undefined {
    checkKey(this.definition.name, key)
    return this.#rows.shown(this.#keyOf(key))
  }

  /** Iterates over the entries, each as it is when the iteration reaches it. */
  [Symbol.iterator](): Generator<Entry, void, undefined> {
    return this.#rows.entries()
  }

  /**
   * Returns the changes from now on, beginning with the present content. Folding them by key gives the table. Waiting for them
   * keeps the process alive. The stream ends when the table is closed, and throws if the connection breaks.
   * @throws {ClosedError} the table is closed
   */
  changes(options: ChangesOptions = {}): AsyncGenerator<ChangeBatch<Entry>, void, undefined> {
    return follow([this[changeSource]()], options) as AsyncGenerator<ChangeBatch<Entry>, void, undefined>
  }

  /**
   * Calls `observer` for every change as it is made.
   * @returns a function that removes the observer
   */
  observe(observer: DerivedObserver<Entry>): () => void {
    const own: DerivedObserver<Entry> = (change, cause) => {
      try {
        observer(change, cause)
      } catch (error) {
        surface(error)
      }
    }
    if (this.#rows.ended === undefined) this.#rows.observers.add(own)
    return () => void this.#rows.observers.delete(own)
  }

  /** Idempotent. Ends all streams of changes and observers of this table. */
  close(): void {
    this.#rows.end(undefined)
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** @internal */
  async [startTable](): Promise<void> {}

  /** @internal */
  [changeSource](): ChangeSource {
    const { ended } = this.#rows
    if (ended !== undefined) throw ended.error ?? new ClosedError(`table ${this.definition.name}`)
    return this.#rows
  }
}
