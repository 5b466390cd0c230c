import { type MessageCursor, Writer } from '@rtnl/netlink-core'
import { RowLayout } from '../rows/row-layout.ts'
import { RowStore } from '../rows/row-store.ts'
import { type Cause, type Change, sameValue } from './change.ts'
import type { TableDefinition } from './definition.ts'

/** Is told of every change of a row, and of every notification that changed nothing (`old` and `next` equal). */
export type Observer<Entry> = (old: Entry | undefined, next: Entry | undefined, cause: Cause) => void

/** The rows of a table as one sees them who does not know what is in them. */
export interface FollowedRows {
  readonly name: string
  readonly store: RowStore
  readonly takers: Set<ChangeTaker>
  /** Entries that are shown. */
  readonly size: number
  /** The row as an added entry; `undefined` for one that is not shown. */
  added(id: number): Change<unknown> | undefined
}

/** Is told of every change together with the id of its row. */
export interface ChangeTaker {
  changed(rows: FollowedRows, id: number, cause: Cause, change: Change<unknown>): void
}

/**
 * The rows of a live table: writes and removals go through here, and come out as exact differences. Entries are decoded
 * only if somebody wants to know.
 */
export class TableRows<Entry> implements FollowedRows {
  readonly definition: TableDefinition<Entry>
  readonly store: RowStore
  readonly takers = new Set<ChangeTaker>()
  readonly observers = new Set<Observer<Entry>>()
  readonly keyWords: number
  readonly #layout: RowLayout<Entry>
  readonly #lists: boolean
  /** Which entries are shown to readers; the others are kept, since what a message does depends on them too. */
  readonly #shows: ((entry: Entry) => boolean) | undefined
  #shown = 0
  /** A row that was just taken from a message: its key, then its words. */
  #scratch = new Int32Array(256)
  #scratchView = new DataView(this.#scratch.buffer)

  /** An entry that is looked for, as bytes and as words. */
  readonly #writer = new Writer(512)
  #written: Int32Array<ArrayBufferLike> = new Int32Array(0)

  constructor(definition: TableDefinition<Entry>, shows: ((entry: Entry) => boolean) | undefined) {
    this.definition = definition
    this.#shows = shows
    this.#lists = definition.lists !== undefined
    this.#layout = new RowLayout(definition.message, definition.key, this.#lists)
    this.keyWords = this.#layout.keyWords
    this.store = new RowStore(this.keyWords)
  }

  get name(): string {
    return this.definition.name
  }

  get size(): number {
    return this.#shows === undefined ? this.store.size : this.#shown
  }

  get scratch(): Int32Array {
    return this.#scratch
  }

  /**
   * Takes the row of a message into `scratch`.
   * @returns the words of the row behind the key; -1 if there is an entry no longer, or none that counts
   * @throws {DecodeError} the message is malformed
   */
  take({ view, words, body, end }: Pick<MessageCursor, 'view' | 'words' | 'body' | 'end'>): number {
    const needed = this.keyWords + ((end - body + 7) >> 2)
    if (needed > this.#scratch.length) {
      this.#scratch = new Int32Array(needed * 2)
      this.#scratchView = new DataView(this.#scratch.buffer)
    }
    const count = this.#layout.copy(view, words, body, end, this.#scratch)
    const { prepare } = this.definition
    if (prepare === undefined) return count
    const start = this.keyWords * 4
    const key = this.#scratch.subarray(0, this.keyWords)
    return prepare({ key, view: this.#scratchView, start, end: start + count * 4 }) === 'present' ? count : -1
  }

  /**
   * As `take`, for an entry, or for as much of it as makes a key.
   * @throws {TypeError | RangeError} a field that does not fit
   */
  takeEntry(entry: Partial<Entry>): number {
    const writer = this.#writer
    writer.clear()
    this.definition.message.encode(writer, entry)
    const { view, length } = writer
    if (this.#written.buffer !== view.buffer) this.#written = new Int32Array(view.buffer)
    return this.take({ view, words: this.#written, body: 0, end: length })
  }

  /** Id of the row with the key in `scratch`, or -1. */
  find(): number {
    return this.store.find(this.#scratch)
  }

  entry(id: number): Entry {
    const { view, start, end } = this.store.bytes(id)
    return this.definition.message.decode(view, start, end)
  }

  /** The entry, if it is one that is shown. */
  shown(id: number): Entry | undefined {
    const entry = this.entry(id)
    return this.#shows?.(entry) === false ? undefined : entry
  }

  added(id: number): Change<Entry> | undefined {
    const entry = this.shown(id)
    return entry && { kind: 'added', key: this.#keyText(id, entry), entry }
  }

  /** Writes a row (its key, then `count` words) and tells the difference. Returns the id. */
  write(row: Int32Array, count: number, cause: Cause): number {
    const wanted = this.#wanted
    const known = this.store.find(row)
    if (known < 0) {
      const id = this.store.put(row, count)
      if (wanted) this.#announce(id, cause, undefined, this.entry(id), '')
      return id
    }
    if (this.store.equals(known, row, count)) {
      if (cause === 'notification' && this.observers.size > 0) this.#repeat(known, cause)
      return known
    }
    if (!wanted) return this.store.put(row, count)
    const old = this.entry(known)
    const oldStable = this.#stable(known)
    this.store.put(row, count)
    // The words may differ where the entry does not: a timer that runs, an attribute in another place.
    if (sameValue(oldStable, this.#stable(known))) {
      if (cause === 'notification') this.#repeat(known, cause)
    } else {
      this.#announce(known, cause, old, this.entry(known), '')
    }
    return known
  }

  remove(id: number, cause: Cause): void {
    if (!this.#wanted) {
      this.store.remove(id)
      return
    }
    const old = this.entry(id)
    const key = this.takers.size === 0 ? '' : this.#keyText(id, old)
    this.store.remove(id)
    this.#announce(id, cause, old, undefined, key)
  }

  get #wanted(): boolean {
    return this.takers.size > 0 || this.observers.size > 0 || this.#shows !== undefined
  }

  #stable(id: number): Entry {
    const { view, start, end } = this.store.bytes(id)
    return this.definition.message.decodeStable(view, start, end)
  }

  #repeat(id: number, cause: Cause): void {
    const entry = this.entry(id)
    for (const observer of this.observers) observer(entry, entry, cause)
  }

  /** @param goneKey the key of a row that is not there any more */
  #announce(id: number, cause: Cause, old: Entry | undefined, next: Entry | undefined, goneKey: string): void {
    for (const observer of this.observers) observer(old, next, cause)
    const before = this.#ifShown(old)
    const after = this.#ifShown(next)
    if (before !== undefined) this.#shown--
    if (after !== undefined) this.#shown++
    if (this.takers.size === 0 || (before === undefined && after === undefined)) return
    const change = changeOf(next === undefined ? goneKey : this.#keyText(id, next), before, after)
    for (const taker of this.takers) taker.changed(this, id, cause, change)
  }

  #ifShown(entry: Entry | undefined): Entry | undefined {
    return entry === undefined || this.#shows?.(entry) === false ? undefined : entry
  }

  #keyText(id: number, entry: Entry): string {
    const text = this.definition.keyText(entry)
    const slot = this.#lists ? this.store.keyWord(id, this.keyWords - 1) : 0
    return slot === 0 ? text : `${text} #${slot}`
  }
}

/** The difference between two states of a row, of which at least one is something. */
function changeOf<Entry>(key: string, old: Entry | undefined, next: Entry | undefined): Change<Entry> {
  if (next === undefined) return { kind: 'removed', key, entry: old! }
  return old === undefined ? { kind: 'added', key, entry: next } : { kind: 'changed', key, entry: next, old }
}
