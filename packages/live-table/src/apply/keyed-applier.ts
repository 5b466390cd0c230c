import type { MessageCursor } from '@rtnl/netlink-core'
import type { Partition } from '../definition.ts'
import { KeyedRelist } from '../relist/keyed-relist.ts'
import type { Row } from '../store/row.ts'
import type { TableRows } from '../store/table-rows.ts'
import type { Applier, Relist } from './applier.ts'

const nothingInvalid: readonly Partition<never>[] = []

/** Tables in which a key names one entry: a new message adds or overwrites it, a delete message removes it. */
export class KeyedApplier<Entry> implements Applier<Entry> {
  readonly isOneEach = true
  readonly #rows: TableRows<Entry>
  /** The row of a notification. */
  readonly #row: Row
  #relist: KeyedRelist<Entry> | undefined
  /** Keys of entries that were announced as deleted since `watchDeletions`. */
  #deleted: Set<string> | undefined

  constructor(rows: TableRows<Entry>) {
    this.#rows = rows
    this.#row = rows.newRow()
  }

  find(row: Row): readonly number[] {
    const id = this.only(row)
    return id < 0 ? [] : [id]
  }

  only(row: Row): number {
    return this.#rows.store.find(row)
  }

  apply(cursor: MessageCursor): readonly Partition<Entry>[] {
    const rows = this.#rows
    const row = this.#row
    const { entries, types } = rows.definition
    const isNew = cursor.type === types.new
    if (entries === undefined) this.#applyRow(row, rows.take(cursor, row) && isNew)
    else for (const entry of entries(cursor)) this.#applyRow(row, rows.takeEntry(entry, row) && isNew)
    return nothingInvalid
  }

  /** @param isThere whether the kernel has this row now, or none with its key */
  #applyRow(row: Row, isThere: boolean): void {
    const rows = this.#rows
    if (isThere) {
      const id = rows.write(row, 'notification')
      this.#relist?.wrote(id)
      return
    }
    this.#relist?.removed(row)
    this.#deleted?.add(row.keyString())
    const id = this.only(row)
    if (id >= 0) rows.remove(id, 'notification')
  }

  watchDeletions(): void {
    this.#deleted = new Set()
  }

  forgetDeletions(): void {
    this.#deleted = undefined
  }

  beginRelist(first: boolean): Relist<Entry> {
    this.#relist = new KeyedRelist(this.#rows, first, this.#deleted)
    return this.#relist
  }

  endRelist(): void {
    this.#relist = undefined
  }
}
