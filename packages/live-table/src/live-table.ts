import type { Notifier } from '@rtnl/notifier'
import type { ChangeBatch } from './changes/change.ts'
import { type ChangeSource, ChangeStream } from './changes/change-stream.ts'
import type { Observer } from './changes/observer.ts'
import { snapshotOf } from './changes/snapshot.ts'
import type { TableDefinition, TableState, TableView } from './definition.ts'
import { checkKey } from './entry-key.ts'
import type { Reflector } from './reflector.ts'
import type { IncompletePart } from './relist/incomplete-parts.ts'
import { lacksMessages, messageLosses } from './relist/triggers.ts'
import type { RowBytes } from './store/row.ts'
import { TableHandle } from './table-handle.ts'

/** How changes are read. */
export interface ChangesOptions {
  /** Whether the stream begins with the present content, as added entries with the cause `dump`. Default: true. */
  readonly initial?: boolean | undefined
  /** Ends the stream: it then throws `signal.reason`. */
  readonly signal?: AbortSignal | undefined
}

// Symbols, so that no other package can call these methods.
export const startTable: unique symbol = Symbol('start')
export const tableHandle: unique symbol = Symbol('handle')
export const changeSource: unique symbol = Symbol('source')

/** A live table of any entries. */
export interface AnyTable {
  /** What is known of every table: its name. */
  readonly definition: {
    /** As in `rtnl show NAME`, or in change batches. */
    readonly name: string
  }
  /** Whether it shows what the kernel has. */
  readonly state: TableState
  /** Ends all streams and observers. */
  close(): void
  /** @internal */
  [startTable](): Promise<void>
  /** @internal */
  [changeSource](): ChangeSource
}

/** The constructor argument of a table, made by `openTableAs`. */
export interface TablePlace<Entry> {
  /** Which table it is. */
  readonly definition: TableDefinition<Entry>
  /** What receives the notifications. */
  readonly notifier: Notifier
  /** The notifier is closed with the table. */
  readonly owned: boolean
  /** @internal */
  readonly reflector: Reflector<Entry>
  /** @internal */
  release(): void
}

/**
 * A table of the kernel as live, exact data. The first table of a definition on a notifier starts a reflector, which joins
 * the multicast groups, dumps the table and applies notifications. The reflector relists a part of the table when messages
 * were lost, and after events about which the kernel is known to be silent, and publishes the differences. All tables of
 * the definition on the notifier share its rows. The reflector ends when the last of them is closed.
 */
export class LiveTable<Entry> implements AnyTable, TableView<Entry>, AsyncDisposable, Disposable {
  /** Which table it is. */
  readonly definition: TableDefinition<Entry>
  /** What receives the notifications. */
  readonly notifier: Notifier
  readonly #ownsNotifier: boolean
  readonly #reflector: Reflector<Entry>
  readonly #handle: TableHandle<Entry>

  /**
   * Use `openTable` or `openTableAs`. They call this after the first dump, so that the constructor of a class that extends
   * this one finds the entries.
   * @param shows whether readers of this table see an entry; observers are called for all entries. Default: all are shown.
   *   The table calls it for each entry that is added or changed. Call `reselect` when its result for other entries may have
   *   changed. While the constructor runs no entry is shown yet
   */
  constructor(place: TablePlace<Entry>, shows?: (entry: Entry) => boolean) {
    this.definition = place.definition
    this.notifier = place.notifier
    this.#ownsNotifier = place.owned
    this.#reflector = place.reflector
    this.#handle = new TableHandle(place.reflector, () => place.release(), shows)
  }

  /** Whether the table shows what the kernel has, reads it, or is closed. */
  get state(): TableState {
    return this.#handle.state
  }

  /** @internal */
  get [lacksMessages](): boolean {
    return this.#reflector.lacksMessages
  }

  /** @internal */
  get [messageLosses](): number {
    return this.#reflector.messageLosses
  }

  /** Resolves when the table is closed, with the error if one closed it. */
  get closed(): Promise<Error | undefined> {
    return this.#handle.closed
  }

  /** Entries in the table. */
  get size(): number {
    return this.#handle.rows.size
  }

  /**
   * Parts of the table that the kernel's dumps do not show to the end, since an entry is too large for them. Usually none.
   * The table keeps the entries of such a part that it has, applies notifications about it, and relists it when the large
   * entry is deleted.
   */
  get incomplete(): readonly IncompletePart[] {
    return this.#reflector.incompleteParts
  }

  /** Bytes of memory that the rows take, once for all tables that share them. */
  get memory(): number {
    return this.#handle.rows.memory
  }

  /** Relists so far, of the table or of a part of it, the first dump included. */
  get relists(): number {
    return this.#reflector.relists
  }

  /**
   * Returns the entry with this key, or `undefined`; the first one if the key names a list. Fields of the key that are left
   * out are 0.
   * @throws {TypeError | RangeError} a field that does not fit
   */
  get(key: Partial<Entry>): Entry | undefined {
    return this.#find(key)[0]
  }

  /**
   * Returns the entries under a key in the kernel's order: at most one, unless the keys of the table name lists.
   * @throws {TypeError | RangeError} a field that does not fit
   */
  list(key: Partial<Entry>): Entry[] {
    return this.#find(key)
  }

  /**
   * Iterates over the entries, each as it is when the iteration reaches it. An entry that is removed before that is left
   * out; an entry that is added during the iteration may be left out.
   */
  *[Symbol.iterator](): Generator<Entry, void, undefined> {
    const { rows } = this.#handle
    for (let id = 0; id < rows.store.idLimit; id++) {
      const entry = rows.store.has(id) ? rows.shown(id) : undefined
      if (entry !== undefined) yield entry
    }
  }

  /** Iterates like the table, over the entries whose row bytes pass a test. The others are not decoded. */
  *select(test: (row: RowBytes) => boolean): Generator<Entry, void, undefined> {
    const { rows } = this.#handle
    for (let id = 0; id < rows.store.idLimit; id++) {
      const entry = rows.store.has(id) && test(rows.store.bytes(id)) ? rows.shown(id) : undefined
      if (entry !== undefined) yield entry
    }
  }

  /**
   * Returns all entries as they are when the promise resolves, in no order. Unlike an iteration over a large table, the call
   * lets the event loop run every few milliseconds.
   * @throws the error that ended the table; `ClosedError` if it was closed
   */
  async snapshot(): Promise<Entry[]> {
    const entries = await snapshotOf(this.#handle.rows)
    this.#handle.throwIfEnded()
    return entries
  }

  /**
   * Returns the changes from now on, beginning with the present content. Folding them by key gives the table. Waiting for
   * them keeps the process alive. The stream ends when the table is closed, and throws if the connection breaks.
   * @throws {ClosedError} the table is closed
   */
  changes(options: ChangesOptions = {}): AsyncGenerator<ChangeBatch<Entry>, void, undefined> {
    return follow([this[changeSource]()], options) as AsyncGenerator<ChangeBatch<Entry>, void, undefined>
  }

  /**
   * Calls `observer` for every change as it is applied, and for every notification that changed nothing.
   * @returns a function that removes the observer
   */
  observe(observer: Observer<Entry>): () => void {
    return this.#handle.observe(observer)
  }

  /** The table of another definition, if a trigger of this one depends on it (`onTable`); otherwise `undefined`. */
  dependency<Other>(definition: TableDefinition<Other>): TableView<Other> | undefined {
    return this.#reflector.dependency(definition)
  }

  /**
   * Returns an index that all tables of the definition on this notifier share, for as long as one of them is open.
   * @param make makes the index at the first call. Its argument is a table to read and observe, which shows all entries. The
   *   same function returns the same index
   */
  index<Index>(make: (table: TableView<Entry>) => Index): Index {
    return this.#reflector.index(make)
  }

  /**
   * Resolves once the table shows everything that happened in the kernel before the call.
   * @throws the error that ended the table
   */
  waitForSync(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#handle.whileOpen(() => this.#reflector.waitForSync(options.signal))
  }

  /**
   * Relists the whole table, for changes that the kernel announces by no message. Resolves when the relist is complete.
   * @throws the error that ended the table
   */
  resync(): Promise<void> {
    return this.#handle.whileOpen(() => this.#reflector.resync())
  }

  /**
   * Calls the `shows` predicate for every entry again. Call this when its result may have changed, for instance because an
   * interface name now means another interface. Streams deliver `removed` for entries that are no longer shown and `added`
   * for those that are shown now, with the cause `inferred`, so that folding the changes always gives the shown entries.
   * Resolves when all entries are decided. Nothing is read from the kernel.
   * @throws the error that ended the table; `ClosedError` if it was closed
   */
  async reselect(): Promise<void> {
    await this.#handle.reselect()
  }

  /** Idempotent. Ends all streams of changes and observers of this table. */
  close(): void {
    this.#handle.end(undefined)
    if (this.#ownsNotifier) this.notifier.close()
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
  [startTable](): Promise<void> {
    return this.#handle.reselect()
  }

  /** @internal */
  [tableHandle](): TableHandle<Entry> {
    return this.#handle
  }

  /** @internal */
  [changeSource](): ChangeSource {
    this.#handle.throwIfEnded()
    return this.#handle
  }

  #find(key: Partial<Entry>): Entry[] {
    checkKey(this.definition.name, key)
    return this.#reflector.find(key).flatMap((id) => this.#handle.rows.shown(id) ?? [])
  }
}

/**
 * The changes of several tables in the order in which they happened, as far as the kernel's order allows: of tables that
 * share a notifier. Each begins with its present content.
 */
export function changesOf(
  tables: readonly AnyTable[],
  options: ChangesOptions = {},
): AsyncGenerator<ChangeBatch<unknown>, void, undefined> {
  return follow(
    tables.map((table) => table[changeSource]()),
    options,
  )
}

/** Yields the batches of some tables until these end. */
export async function* follow(
  sources: readonly ChangeSource[],
  options: ChangesOptions,
): AsyncGenerator<ChangeBatch<unknown>, void, undefined> {
  const stream = new ChangeStream(sources, options.initial ?? true)
  try {
    while (true) {
      const batch = await stream.next(options.signal)
      if (batch === undefined) return
      yield batch
    }
  } finally {
    stream.end(undefined)
  }
}
