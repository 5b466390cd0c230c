import { surface, TimeSlice } from '@rtnl/netlink-core'
import { type Cause, type Change, sameValue } from '../changes/change.ts'
import type { Expectation, Observer } from '../changes/observer.ts'
import { ShownRows } from '../changes/shown-rows.ts'
import type { TableDefinition } from '../definition.ts'
import { EntryRows } from './entry-rows.ts'
import type { RowStore } from './row-store.ts'

/** Entries that are kept decoded at most: all of a long list, a few megabytes. */
const mostDecoded = 8192

/**
 * Bytes of an entry that a dump may have no room for: the kernel's buffer for one is 32 KiB at most, less the header, and
 * an entry may be a little larger in a dump than in a notification.
 */
export const largeBytes = 32_000

/** The rows of a table as one sees them who does not know what is in them. */
export interface FollowedRows {
  readonly name: string
  readonly store: RowStore
  readonly subscribers: Set<ChangeSubscriber>
  /** Entries that are shown. */
  readonly size: number
  /** The row as an added entry; `undefined` for one that is not shown. */
  added(id: number): Change<unknown> | undefined
}

/** Is told of every change together with the id of its row. */
export interface ChangeSubscriber {
  changed(rows: FollowedRows, id: number, cause: Cause, change: Change<unknown>): void
}

/**
 * The rows of a live table: writes and removals go through here, and come out as exact differences. Entries are decoded
 * only if somebody wants to know.
 */
export class TableRows<Entry> extends EntryRows<Entry> implements FollowedRows {
  readonly subscribers = new Set<ChangeSubscriber>()
  readonly observers = new Map<Observer<Entry>, Expectation | undefined>()
  /** The port id of the notification that is being applied, for observers; 0 for all else. */
  origin = 0
  readonly malformed: (error: unknown) => void
  readonly #lists: boolean
  /** Which entries are shown to readers; the others are kept, since what a message does depends on them too. */
  readonly #shows: ((entry: Entry) => boolean) | undefined
  /** What `shows` said of the rows when it was asked last: it may come to say otherwise. */
  readonly #shown = new ShownRows()

  /** Ids of entries that are too large for a dump, or nearly so. */
  readonly large = new Set<number>()
  /** Entries of lists as they are, by id. */
  readonly #decoded = new Map<number, Entry>()

  /** @param malformed is told of what cannot be understood: a message, or an entry that has no text for its key */
  constructor(
    definition: TableDefinition<Entry>,
    shows: ((entry: Entry) => boolean) | undefined,
    malformed: (error: unknown) => void,
  ) {
    super(definition)
    this.malformed = malformed
    this.#shows = shows
    this.#lists = definition.lists !== undefined
  }

  get name(): string {
    return this.definition.name
  }

  get size(): number {
    return this.#shows === undefined ? this.store.size : this.#shown.size
  }

  /** Bytes that hold the rows. */
  get memory(): number {
    return this.store.memory + (this.#shows === undefined ? 0 : this.#shown.memory)
  }

  isShown(id: number): boolean {
    return this.#shows === undefined || this.#shown.has(id)
  }

  /** The entry, if it is one that is shown. */
  shown(id: number): Entry | undefined {
    return this.isShown(id) ? this.entry(id) : undefined
  }

  /**
   * Asks again of every row whether it is shown, and tells readers of those of which it is now or is no longer. Rows that
   * are written meanwhile are asked about then.
   */
  async reselect(): Promise<void> {
    if (this.#shows === undefined) return
    const slice = new TimeSlice()
    for (let id = 0; id < this.store.idLimit; id++) {
      if (this.store.has(id)) this.#select(id)
      if (slice.over()) await slice.next()
    }
  }

  /** The entry, which is kept for the next time: the rules of a list look at all of it for each message about it. */
  decoded(id: number): Entry {
    let entry = this.#decoded.get(id)
    if (entry === undefined) {
      entry = this.entry(id)
      if (this.#decoded.size === mostDecoded) this.#decoded.clear()
      this.#decoded.set(id, entry)
    }
    return entry
  }

  added(id: number): Change<Entry> | undefined {
    const entry = this.shown(id)
    return entry && { kind: 'added', key: this.#keyText(id, entry), entry }
  }

  /** Writes a row (its key, then `count` words) and tells the difference. Returns the id. */
  write(row: Int32Array, count: number, cause: Cause): number {
    const known = this.store.find(row)
    if (known < 0) return this.insert(row, count, cause)
    const wanted = this.#isWanted(row, count)
    if (this.store.equals(known, row, count)) {
      if (wanted && cause === 'notification' && this.observers.size > 0) this.#repeat(known, cause, row, count)
      return known
    }
    this.#decoded.delete(known)
    this.#measure(known, count)
    if (!wanted) {
      this.store.overwrite(known, row, count)
      return known
    }
    const old = this.entry(known)
    const oldStable = this.#stable(known)
    this.store.overwrite(known, row, count)
    // The words may differ where the entry does not: a timer that runs, an attribute in another place.
    if (sameValue(oldStable, this.#stable(known))) {
      if (cause === 'notification') this.#repeat(known, cause, row, count)
    } else {
      this.#announce(known, cause, old, this.entry(known), row, count)
    }
    return known
  }

  /** As `write`, for a key that has no row yet. */
  insert(row: Int32Array, count: number, cause: Cause): number {
    const id = this.store.insert(row, count)
    this.#measure(id, count)
    if (this.#isWanted(row, count)) this.#announce(id, cause, undefined, this.entry(id), row, count)
    return id
  }

  remove(id: number, cause: Cause): void {
    this.#decoded.delete(id)
    this.large.delete(id)
    if (this.subscribers.size === 0 && this.observers.size === 0 && this.#shows === undefined) {
      this.store.remove(id)
      return
    }
    const old = this.entry(id)
    const key = this.subscribers.size === 0 ? '' : this.#keyText(id, old)
    this.store.remove(id)
    for (const observer of this.observers.keys()) this.#call(observer, old, undefined, cause)
    this.#tell(id, cause, old, undefined, key)
  }

  /** Whether somebody is to hear that there is this row now. */
  #isWanted(row: Int32Array, count: number): boolean {
    if (this.subscribers.size > 0 || this.#shows !== undefined) return true
    for (const expectation of this.observers.values()) if (!isExpected(expectation, row, count)) return true
    return false
  }

  #stable(id: number): Entry {
    const { view, start, end } = this.store.bytes(id)
    return this.definition.message.decodeStable(view, start, end)
  }

  #repeat(id: number, cause: Cause, row: Int32Array, count: number): void {
    const entry = this.entry(id)
    this.#observe(entry, entry, cause, row, count)
  }

  #announce(id: number, cause: Cause, old: Entry | undefined, next: Entry, row: Int32Array, count: number): void {
    this.#observe(old, next, cause, row, count)
    this.#tell(id, cause, old, next, '')
  }

  #observe(old: Entry | undefined, next: Entry, cause: Cause, row: Int32Array, count: number): void {
    for (const [observer, expectation] of this.observers) {
      if (!isExpected(expectation, row, count)) this.#call(observer, old, next, cause)
    }
  }

  #select(id: number): void {
    const entry = this.entry(id)
    const before = this.#shown.has(id)
    const after = this.#isToBeShown(entry)
    if (before === after) return
    this.#shown.set(id, after)
    if (this.subscribers.size === 0) return
    this.#take(id, 'inferred', { kind: after ? 'added' : 'removed', key: this.#keyText(id, entry), entry })
  }

  /** @param goneKey the key of a row that is not there any more */
  #tell(id: number, cause: Cause, old: Entry | undefined, next: Entry | undefined, goneKey: string): void {
    let before = old
    let after = next
    if (this.#shows !== undefined) {
      if (!this.#shown.has(id)) before = undefined
      if (next !== undefined && !this.#isToBeShown(next)) after = undefined
      this.#shown.set(id, after !== undefined)
    }
    if (this.subscribers.size === 0 || (before === undefined && after === undefined)) return
    const key = next === undefined ? goneKey : this.#keyText(id, next)
    const oldKey = before === undefined || after === undefined ? key : this.#keyText(id, before)
    // Bytes that no kernel sends may be one key to the rows and two to people, such as an address that is empty or absent.
    if (oldKey !== key) this.#take(id, cause, changeOf(oldKey, before, undefined))
    this.#take(id, cause, changeOf(key, oldKey === key ? before : undefined, after))
  }

  #take(id: number, cause: Cause, change: Change<Entry>): void {
    for (const taker of this.subscribers) taker.changed(this, id, cause, change)
  }

  /** A predicate that throws does not know the entry: it is not shown. */
  #isToBeShown(entry: Entry): boolean {
    try {
      return this.#shows?.(entry) !== false
    } catch (error) {
      surface(error)
      return false
    }
  }

  #call(observer: Observer<Entry>, old: Entry | undefined, next: Entry | undefined, cause: Cause): void {
    try {
      observer(old, next, cause, this.origin)
    } catch (error) {
      surface(error)
    }
  }

  /** The key of a row, for people. */
  keyTextOf(id: number): string {
    return this.#keyText(id, this.entry(id))
  }

  /** The same of a row that is not stored: its key, then its words. */
  keyTextOfWords(row: Int32Array): string {
    const view = new DataView(row.buffer, row.byteOffset, row.byteLength)
    try {
      return this.definition.keyText(this.definition.message.decode(view, this.keyWords * 4, row.byteLength))
    } catch (error) {
      this.malformed(error)
      return `key ${row.subarray(0, this.keyWords).join(' ')}`
    }
  }

  #measure(id: number, count: number): void {
    if (count * 4 >= largeBytes) this.large.add(id)
    else if (this.large.size > 0) this.large.delete(id)
  }

  #keyText(id: number, entry: Entry): string {
    let text: string
    try {
      text = this.definition.keyText(entry)
    } catch (error) {
      this.malformed(error)
      // What it is called does not matter as long as it is another name for each key.
      return `key ${this.store.key(id).join(' ')}`
    }
    const slot = this.#lists ? this.store.lastKeyWord(id) : 0
    return slot === 0 ? text : `${text} #${slot}`
  }
}

/** What throws expects nothing, so that the observer is told. */
function isExpected(expectation: Expectation | undefined, row: Int32Array, count: number): boolean {
  try {
    return expectation?.(row, count) === true
  } catch (error) {
    surface(error)
    return false
  }
}

/** The difference between two states of a row, of which at least one is something. */
function changeOf<Entry>(key: string, old: Entry | undefined, next: Entry | undefined): Change<Entry> {
  if (next === undefined) return { kind: 'removed', key, entry: old! }
  return old === undefined ? { kind: 'added', key, entry: next } : { kind: 'changed', key, entry: next, old }
}
