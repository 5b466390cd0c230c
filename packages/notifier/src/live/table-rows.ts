import type { MessageCursor } from '@rtnl/netlink-core'
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
  /** The row as an added entry. */
  added(id: number): Change<unknown>
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
  /** A row that was just taken from a message: its key, then its words. */
  #scratch = new Int32Array(256)
  #scratchView = new DataView(this.#scratch.buffer)

  constructor(definition: TableDefinition<Entry>) {
    this.definition = definition
    this.#lists = definition.lists !== undefined
    this.#layout = new RowLayout(definition.message, definition.key, this.#lists)
    this.keyWords = this.#layout.keyWords
    this.store = new RowStore(this.keyWords)
  }

  get name(): string {
    return this.definition.name
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

  /** Id of the row with the key in `scratch`, or -1. */
  find(): number {
    return this.store.find(this.#scratch)
  }

  entry(id: number): Entry {
    const { view, start, end } = this.store.bytes(id)
    return this.definition.message.decode(view, start, end)
  }

  added(id: number): Change<Entry> {
    return this.#change(id, undefined, this.entry(id))
  }

  /** Writes a row (its key, then `count` words) and tells the difference. Returns the id. */
  write(row: Int32Array, count: number, cause: Cause): number {
    const wanted = this.takers.size > 0 || this.observers.size > 0
    const known = this.store.find(row)
    if (known < 0) {
      const id = this.store.put(row, count)
      if (wanted) this.#tell(id, cause, undefined, this.entry(id))
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
      this.#tell(known, cause, old, this.entry(known))
    }
    return known
  }

  remove(id: number, cause: Cause): void {
    const wanted = this.takers.size > 0 || this.observers.size > 0
    if (!wanted) {
      this.store.remove(id)
      return
    }
    const old = this.entry(id)
    const change = this.#change(id, old, undefined)
    this.store.remove(id)
    this.#announce(id, cause, old, undefined, change)
  }

  #stable(id: number): Entry {
    const { view, start, end } = this.store.bytes(id)
    return this.definition.message.decodeStable(view, start, end)
  }

  #repeat(id: number, cause: Cause): void {
    const entry = this.entry(id)
    for (const observer of this.observers) observer(entry, entry, cause)
  }

  #tell(id: number, cause: Cause, old: Entry | undefined, next: Entry): void {
    this.#announce(id, cause, old, next, this.#change(id, old, next))
  }

  #announce(id: number, cause: Cause, old: Entry | undefined, next: Entry | undefined, change: Change<Entry>): void {
    for (const observer of this.observers) observer(old, next, cause)
    for (const taker of this.takers) taker.changed(this, id, cause, change)
  }

  #change(id: number, old: Entry | undefined, next: Entry | undefined): Change<Entry> {
    if (next === undefined) return { kind: 'removed', key: this.#keyText(id, old!), entry: old! }
    const key = this.#keyText(id, next)
    return old === undefined ? { kind: 'added', key, entry: next } : { kind: 'changed', key, entry: next, old }
  }

  #keyText(id: number, entry: Entry): string {
    const text = this.definition.keyText(entry)
    const slot = this.#lists ? this.store.keyWord(id, this.keyWords - 1) : 0
    return slot === 0 ? text : `${text} #${slot}`
  }
}
