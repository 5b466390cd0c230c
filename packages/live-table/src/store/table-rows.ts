import { surface } from '@rtnl/netlink-core'
import { type Cause, type Change, changeOf, sameValue } from '../changes/change.ts'
import type { Expectation, Observer } from '../changes/observer.ts'
import type { TableDefinition } from '../definition.ts'
import { EntryRows } from './entry-rows.ts'
import type { Row } from './row.ts'
import type { RowStore } from './row-store.ts'

/** Entries that are kept decoded at most: all of a long list, a few megabytes. */
const mostDecoded = 8192

/**
 * Bytes of an entry that a dump may have no room for: the kernel's buffer for one is 32 KiB at most, less the header, and
 * an entry may be a little larger in a dump than in a notification.
 */
export const largeBytes = 32_000

/** The ids under which rows are held. Ids of rows that are gone are used again. */
export interface RowIds {
  /** All ids are smaller. */
  readonly idLimit: number
  has(id: number): boolean
}

/** The rows of a table for code to which the type of the entries does not matter. */
export interface FollowedRows {
  /** As in change batches. */
  readonly name: string
  /** Which rows there are. */
  readonly store: RowIds
  /** Who is told of each change. */
  readonly subscribers: Set<ChangeSubscriber>
  /** The number of entries that are shown. */
  readonly size: number
  /** Returns the change that adds the entry of a row; `undefined` if the entry is not shown. */
  added(id: number): Change<unknown> | undefined
}

/** The rows of a table as one reader is shown them. */
export interface ReadableRows<Entry> extends FollowedRows {
  readonly store: RowStore
  /** Bytes of memory that the rows take. */
  readonly memory: number
  isShown(id: number): boolean
  /** Returns the entry of a row; `undefined` if it is not shown. */
  shown(id: number): Entry | undefined
}

/** Receives every change together with the id of its row. */
export interface ChangeSubscriber {
  changed(rows: FollowedRows, id: number, cause: Cause, change: Change<unknown>): void
}

/**
 * The rows of a live table. Every write and removal goes through this class, which publishes the exact difference to
 * observers and subscribers. It decodes an entry only if one of them needs it.
 */
export class TableRows<Entry> extends EntryRows<Entry> implements ReadableRows<Entry> {
  readonly subscribers = new Set<ChangeSubscriber>()
  readonly observers = new Map<Observer<Entry>, Expectation | undefined>()
  /** The port id of the notification that is being applied, for observers; 0 while none is. */
  origin = 0
  readonly malformed: (error: unknown) => void
  /** Ids of entries that are too large for a dump, or nearly so. */
  readonly large = new Set<number>()
  /** Decoded entries of lists, by id. */
  readonly #decoded = new Map<number, Entry>()

  /** @param malformed receives the error of a message that does not decode, or of an entry that has no text for its key */
  constructor(definition: TableDefinition<Entry>, malformed: (error: unknown) => void) {
    super(definition)
    this.malformed = malformed
  }

  get name(): string {
    return this.definition.name
  }

  get size(): number {
    return this.store.size
  }

  /** Bytes that hold the rows. */
  get memory(): number {
    return this.store.memory
  }

  isShown(): boolean {
    return true
  }

  shown(id: number): Entry {
    return this.entry(id)
  }

  /** Returns the decoded entry and keeps it, since the rules of a list look at all its entries for each message. */
  decoded(id: number): Entry {
    let entry = this.#decoded.get(id)
    if (entry === undefined) {
      entry = this.entry(id)
      if (this.#decoded.size === mostDecoded) this.#decoded.clear()
      this.#decoded.set(id, entry)
    }
    return entry
  }

  added(id: number): Change<Entry> {
    const entry = this.entry(id)
    return { kind: 'added', key: this.#keyText(id, entry), entry }
  }

  /** Adds a row or overwrites the one with its key and slot, and publishes the difference. @returns its id */
  write(row: Row, cause: Cause, slot = 0): number {
    const known = this.store.find(row, slot)
    if (known < 0) return this.insert(row, cause, slot)
    this.update(known, row, cause)
    return known
  }

  /** Like `write`, for a key and a slot that no row has yet. */
  insert(row: Row, cause: Cause, slot = 0): number {
    const id = this.store.insert(row, slot)
    if (row.count * 4 >= largeBytes || this.large.size > 0) this.#measure(id, row.count)
    const isFollowed = this.subscribers.size > 0 || this.observers.size > 0
    if (isFollowed && this.#isWanted(row)) this.#announce(id, cause, undefined, this.entry(id), row)
    return id
  }

  /** Like `write`, for the row that has the key and the slot. */
  update(known: number, row: Row, cause: Cause): void {
    const wanted = this.#isWanted(row)
    if (this.store.equals(known, row)) {
      if (wanted && cause === 'notification' && this.observers.size > 0) this.#repeat(known, cause, row)
      return
    }
    this.#decoded.delete(known)
    this.#measure(known, row.count)
    if (!wanted) {
      this.store.overwrite(known, row)
      return
    }
    const old = this.entry(known)
    const oldStable = this.#stable(known)
    this.store.overwrite(known, row)
    // Words may differ although the entry is the same: a timer that runs, an attribute in another place.
    if (sameValue(oldStable, this.#stable(known))) {
      if (cause === 'notification') this.#repeat(known, cause, row)
    } else {
      this.#announce(known, cause, old, this.entry(known), row)
    }
  }

  remove(id: number, cause: Cause): void {
    this.#decoded.delete(id)
    this.large.delete(id)
    if (this.subscribers.size === 0 && this.observers.size === 0) {
      this.store.remove(id)
      return
    }
    const old = this.entry(id)
    const key = this.subscribers.size === 0 ? '' : this.#keyText(id, old)
    this.store.remove(id)
    for (const observer of this.observers.keys()) this.#call(observer, old, undefined, cause)
    this.#publish(id, cause, old, undefined, key)
  }

  /** Whether an observer or a subscriber needs to know that the table has this row now. */
  #isWanted(row: Row): boolean {
    if (this.subscribers.size > 0) return true
    for (const expectation of this.observers.values()) if (!isExpected(expectation, row)) return true
    return false
  }

  #stable(id: number): Entry {
    const { view, start, end } = this.store.bytes(id)
    return this.definition.message.decodeStable(view, start, end)
  }

  #repeat(id: number, cause: Cause, row: Row): void {
    const entry = this.entry(id)
    this.#observe(entry, entry, cause, row)
  }

  #announce(id: number, cause: Cause, old: Entry | undefined, next: Entry, row: Row): void {
    this.#observe(old, next, cause, row)
    this.#publish(id, cause, old, next, '')
  }

  #observe(old: Entry | undefined, next: Entry, cause: Cause, row: Row): void {
    for (const [observer, expectation] of this.observers) {
      if (!isExpected(expectation, row)) this.#call(observer, old, next, cause)
    }
  }

  /** @param goneKey the key of a removed row */
  #publish(id: number, cause: Cause, old: Entry | undefined, next: Entry | undefined, goneKey: string): void {
    if (this.subscribers.size === 0) return
    const key = next === undefined ? goneKey : this.#keyText(id, next)
    const oldKey = old === undefined || next === undefined ? key : this.#keyText(id, old)
    // Rows with equal keys may have different texts, for bytes that no kernel sends: an address that is empty or absent.
    if (oldKey !== key) this.#deliver(id, cause, changeOf(oldKey, old, undefined))
    this.#deliver(id, cause, changeOf(key, oldKey === key ? old : undefined, next))
  }

  #deliver(id: number, cause: Cause, change: Change<Entry>): void {
    for (const subscriber of this.subscribers) subscriber.changed(this, id, cause, change)
  }

  #call(observer: Observer<Entry>, old: Entry | undefined, next: Entry | undefined, cause: Cause): void {
    try {
      observer(old, next, cause, this.origin)
    } catch (error) {
      surface(error)
    }
  }

  /** The key of a row as a text. */
  keyTextOf(id: number): string {
    return this.#keyText(id, this.entry(id))
  }

  /** Like `keyTextOf`, for a row that is not stored. */
  keyTextOfRow(row: Row): string {
    try {
      return this.definition.keyText(this.definition.message.decode(row.view, row.start, row.end))
    } catch (error) {
      this.malformed(error)
      return `key ${row.key.join(' ')}`
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
      // Any text will do that is different for each key.
      text = `key ${this.store.keyOf(id).key.join(' ')}`
    }
    const slot = this.store.slot(id)
    return slot === 0 ? text : `${text} #${slot}`
  }
}

/** If an expectation throws, its observer is called. */
function isExpected(expectation: Expectation | undefined, row: Row): boolean {
  try {
    return expectation?.(row) === true
  } catch (error) {
    surface(error)
    return false
  }
}
