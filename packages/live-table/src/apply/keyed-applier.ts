import type { MessageCursor } from '@rtnl/netlink-core'
import type { Partition } from '../definition.ts'
import { KeyedRelist } from '../relist/keyed-relist.ts'
import type { TableRows } from '../store/table-rows.ts'
import type { Applier, Relist } from './applier.ts'

const nothingInvalid: readonly Partition<never>[] = []

/** Tables in which a key names one entry: a new message adds or overwrites it, a delete message removes it. */
export class KeyedApplier<Entry> implements Applier<Entry> {
  readonly #rows: TableRows<Entry>
  #relist: KeyedRelist<Entry> | undefined

  constructor(rows: TableRows<Entry>) {
    this.#rows = rows
  }

  find(): readonly number[] {
    const id = this.#rows.find()
    return id < 0 ? [] : [id]
  }

  only(): number {
    return this.#rows.find()
  }

  apply(cursor: MessageCursor): readonly Partition<Entry>[] {
    const rows = this.#rows
    const { entries, types } = rows.definition
    const isNew = cursor.type === types.new
    if (entries === undefined) this.#applyRow(rows.take(cursor), isNew)
    else for (const entry of entries(cursor)) this.#applyRow(rows.takeEntry(entry), isNew)
    return nothingInvalid
  }

  /** Applies what a notification says of the row in `scratch`. */
  #applyRow(count: number, isNew: boolean): void {
    const rows = this.#rows
    if (count >= 0 && isNew) {
      const id = rows.write(rows.scratch, count, 'notification')
      this.#relist?.wrote(id)
      return
    }
    this.#relist?.removed()
    const id = rows.find()
    if (id >= 0) rows.remove(id, 'notification')
  }

  beginRelist(first: boolean): Relist<Entry> {
    this.#relist = new KeyedRelist(this.#rows, first)
    return this.#relist
  }

  endRelist(): void {
    this.#relist = undefined
  }
}
