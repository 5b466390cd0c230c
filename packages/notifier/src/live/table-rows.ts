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
  readonly #layout: RowLayout<Entry>
  readonly store: RowStore
  readonly takers = new Set<ChangeTaker>()
  readonly observers = new Set<Observer<Entry>>()
  /** A row that was just taken from a message: its key, then its words. */
  #scratch = new Int32Array(256)

  constructor(definition: TableDefinition<Entry>) {
    this.definition = definition
    this.#layout = new RowLayout(definition.message, definition.key)
    this.store = new RowStore(this.#layout.keyWords)
  }

  get name(): string {
    return this.definition.name
  }

  get scratch(): Int32Array {
    return this.#scratch
  }

  get keyWords(): number {
    return this.#layout.keyWords
  }

  /** Takes the row of a message into `scratch` and returns its words. Throws `DecodeError`. */
  take({ view, words, body, end }: MessageCursor): number {
    const needed = this.keyWords + ((end - body + 7) >> 2)
    if (needed > this.#scratch.length) this.#scratch = new Int32Array(needed * 2)
    return this.#layout.copy(view, words, body, end, this.#scratch)
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
    return this.#change(undefined, this.entry(id))
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
    const old = wanted ? this.entry(id) : undefined
    this.store.remove(id)
    if (old !== undefined) this.#tell(id, cause, old, undefined)
  }

  #stable(id: number): Entry {
    const { view, start, end } = this.store.bytes(id)
    return this.definition.message.decodeStable(view, start, end)
  }

  #repeat(id: number, cause: Cause): void {
    const entry = this.entry(id)
    for (const observer of this.observers) observer(entry, entry, cause)
  }

  #tell(id: number, cause: Cause, old: Entry | undefined, next: Entry | undefined): void {
    for (const observer of this.observers) observer(old, next, cause)
    if (this.takers.size === 0) return
    const change = this.#change(old, next)
    for (const taker of this.takers) taker.changed(this, id, cause, change)
  }

  #change(old: Entry | undefined, next: Entry | undefined): Change<Entry> {
    if (next === undefined) return { kind: 'removed', key: this.definition.keyText(old!), entry: old! }
    const key = this.definition.keyText(next)
    return old === undefined ? { kind: 'added', key, entry: next } : { kind: 'changed', key, entry: next, old }
  }
}
