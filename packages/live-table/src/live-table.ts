import type { Notifier } from '@rtnl/notifier'
import type { ChangeBatch } from './changes/change.ts'
import { type ChangeSource, ChangeStream } from './changes/change-stream.ts'
import type { Expectation, Observer } from './changes/observer.ts'
import { snapshotOf } from './changes/snapshot.ts'
import type { TableDefinition, TableState, TableView } from './definition.ts'
import type { Comparison, Reflector } from './reflector.ts'
import type { IncompletePart } from './relist/incomplete-parts.ts'
import type { EntryRows } from './store/entry-rows.ts'
import type { RowBytes } from './store/row.ts'
import { TableHandle } from './table-handle.ts'

export interface ChangesOptions {
  /** Whether the stream begins with the present content, as added entries with the cause `dump`. Default: true. */
  readonly initial?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

// Known to this package alone.
export const startTable: unique symbol = Symbol('start')
const changeSource: unique symbol = Symbol('source')

/** A live table of any entries. */
export interface AnyTable {
  readonly definition: { readonly name: string }
  readonly state: TableState
  close(): void
  /** @internal */
  [startTable](): Promise<void>
  /** @internal */
  [changeSource](): ChangeSource
}

/** What a table is made from: `openTableAs` hands it out. */
export interface TablePlace<Entry> {
  readonly definition: TableDefinition<Entry>
  readonly notifier: Notifier
  /** The notifier is closed with the table. */
  readonly owned: boolean
  /** @internal */
  readonly reflector: Reflector<Entry>
  /** @internal */
  release(): void
}

/**
 * A table of the kernel as live, exact data. The first one of a definition that is opened on a notifier subscribes, reads the
 * table, applies what was notified meanwhile, and follows. When something may have been missed, or the kernel is known to be
 * silent about it, that part is read again, and the difference is told. All others of the definition share its rows; the last
 * one that is closed ends it.
 */
export class LiveTable<Entry> implements AnyTable, TableView<Entry>, AsyncDisposable, Disposable {
  readonly definition: TableDefinition<Entry>
  readonly notifier: Notifier
  readonly #ownsNotifier: boolean
  readonly #reflector: Reflector<Entry>
  readonly #handle: TableHandle<Entry>

  /**
   * Use `openTable` or `openTableAs`. The table has been read then, so that a class that extends this one finds the entries
   * in its constructor.
   * @param shows which entries readers of this table see, unless all; `observe` is told of all. It is asked when an entry
   *   comes or changes; call `reselect` when it says otherwise of entries that stay as they are. A constructor sees none yet
   */
  constructor(place: TablePlace<Entry>, shows?: (entry: Entry) => boolean) {
    this.definition = place.definition
    this.notifier = place.notifier
    this.#ownsNotifier = place.owned
    this.#reflector = place.reflector
    this.#handle = new TableHandle(place.reflector, () => place.release(), shows)
  }

  get state(): TableState {
    return this.#handle.state
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
   * Parts of the table that the kernel's dumps do not show to the end, since an entry is too large for them; none, as a
   * rule. What was told of them is kept and followed, and they are read again when such an entry goes.
   */
  get incomplete(): readonly IncompletePart[] {
    return this.#reflector.incomplete
  }

  /** Bytes that hold the table, for all that share it. */
  get memory(): number {
    return this.#handle.rows.memory
  }

  /** Times that the table or a part of it was read from the kernel. */
  get relists(): number {
    return this.#reflector.relists
  }

  /**
   * The entry that the given fields identify, or `undefined`; the first one where they name a list. All fields of the
   * key are given, but those that are 0.
   * @throws {TypeError | RangeError} a field that does not fit
   */
  get(key: Partial<Entry>): Entry | undefined {
    return this.#find(key)[0]
  }

  /**
   * The entries under a key in the kernel's order: at most one, but in tables where a key names a list.
   * @throws {TypeError | RangeError} a field that does not fit
   */
  list(key: Partial<Entry>): Entry[] {
    return this.#find(key)
  }

  /**
   * The entries, each as it is when its turn comes. One that is removed before its turn is left out; one that is added
   * meanwhile may be.
   */
  *[Symbol.iterator](): Generator<Entry, void, undefined> {
    const { rows } = this.#handle
    for (let id = 0; id < rows.store.idLimit; id++) {
      const entry = rows.store.has(id) ? rows.shown(id) : undefined
      if (entry !== undefined) yield entry
    }
  }

  /** The entries whose rows pass a test of their bytes, as iteration gives them: the others are not decoded. */
  *select(test: (row: RowBytes) => boolean): Generator<Entry, void, undefined> {
    const { rows } = this.#handle
    for (let id = 0; id < rows.store.idLimit; id++) {
      const entry = rows.store.has(id) && test(rows.store.bytes(id)) ? rows.shown(id) : undefined
      if (entry !== undefined) yield entry
    }
  }

  /**
   * All entries as they are when this resolves, in no order. Iterating over very many holds up the event loop; here it
   * runs now and then.
   * @throws the error that ended the table; `ClosedError` if it was closed
   */
  async snapshot(): Promise<Entry[]> {
    const entries = await snapshotOf(this.#handle.rows)
    this.#handle.throwIfEnded()
    return entries
  }

  /**
   * Looks at the rows of entries in an order in which they can be removed: the kernel may take long to remove many in the
   * order of their keys, but finds a few together that are near to each other sooner, and so do we. Otherwise as iteration.
   * @param look is called with the rows and the id of each
   * @returns what it gives, one by one
   */
  *inRemovalOrder<Found>(look: (rows: EntryRows<Entry>, id: number) => Found): Generator<Found, void, undefined> {
    const { rows } = this.#reflector
    const limit = rows.store.idLimit
    const blocks = Math.ceil(limit / removalBlock)
    // A step that has no divisor in common with the count comes to every place once.
    let step = Math.max(1, Math.floor(blocks * 0.618))
    while (commonDivisor(step, blocks) > 1) step++
    for (let turn = 0, block = 0; turn < blocks; turn++, block = (block + step) % blocks) {
      const first = block * removalBlock
      for (let id = Math.min(first + removalBlock, limit) - 1; id >= first; id--) {
        if (rows.store.has(id) && this.#handle.rows.isShown(id)) yield look(rows, id)
      }
    }
  }

  /**
   * The changes from now on, beginning with the present content. Folding them by key gives the table. Waiting for them
   * keeps the process alive. The stream ends when the table is closed, and throws when the connection broke.
   * @throws {ClosedError} the table is closed
   */
  changes(options: ChangesOptions = {}): AsyncGenerator<ChangeBatch<Entry>, void, undefined> {
    return follow([this[changeSource]()], options) as AsyncGenerator<ChangeBatch<Entry>, void, undefined>
  }

  /**
   * Calls `observer` for every change as it is applied, and for every notification that changed nothing.
   * @param expected tells by its words that a row is just what the observer takes for granted: it is not told that there
   *   is such a row, and nothing is decoded for it. Of what goes it is told always
   * @returns a function that ends it
   */
  observe(observer: Observer<Entry>, expected?: Expectation): () => void {
    return this.#handle.observe(observer, expected)
  }

  /** The table of another definition on which this one depends by a trigger (`onTable`); `undefined` if it does not. */
  dependency<Other>(definition: TableDefinition<Other>): TableView<Other> | undefined {
    return this.#reflector.dependency(definition)
  }

  /**
   * An index of the entries that all tables of the definition on this notifier share, for as long as one of them is open.
   * @param make makes it when it is asked for first. It is handed a table to read and observe, which shows all entries. The
   *   same function gives the same index
   */
  index<Index>(make: (table: TableView<Entry>) => Index): Index {
    return this.#reflector.index(make)
  }

  /** What the table has under the key of an entry of others, by their rows: without making objects of either. */
  compare(others: EntryRows<Entry>, id: number): Comparison {
    return this.#reflector.compare(others, id)
  }

  /**
   * Resolves once the table shows everything that happened in the kernel before the call.
   * @throws the error that ended the table
   */
  waitForSync(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#handle.whileOpen(() => this.#reflector.waitForSync(options.signal))
  }

  /**
   * Reads the whole table again, for changes that the kernel announces by no message, and resolves when that is done.
   * @throws the error that ended the table
   */
  resync(): Promise<void> {
    return this.#handle.whileOpen(() => this.#reflector.resync())
  }

  /**
   * To be called when what the table shows has come to mean something else, for instance since an interface that is named
   * is another one now: asks again of every entry. Streams of changes tell `removed` of entries that are shown no more and
   * `added` of those that are shown now, with the cause `inferred`, so that folding the changes gives what is shown at
   * every moment. Resolves when all were asked about. Nothing is read from the kernel.
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

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** @internal */
  [startTable](): Promise<void> {
    return this.#handle.reselect()
  }

  /** @internal */
  [changeSource](): ChangeSource {
    this.#handle.throwIfEnded()
    return this.#handle
  }

  #find(key: Partial<Entry>): Entry[] {
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

async function* follow(
  sources: readonly ChangeSource[],
  options: ChangesOptions,
): AsyncGenerator<ChangeBatch<unknown>, void, undefined> {
  const feed = new ChangeStream(sources, options.initial ?? true)
  try {
    while (true) {
      const batch = await feed.next(options.signal)
      if (batch === undefined) return
      yield batch
    }
  } finally {
    feed.end(undefined)
  }
}

/** Removed in a row, so many consecutive prefixes cost the kernel less than scattered ones, in whatever order; 4096 more. */
const removalBlock = 256

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}
