import { type MessageCursor, TimeSlice } from '@rtnl/netlink-core'
import { noRow, type Relist, type RelistOutcome, shown } from '../apply/applier.ts'
import type { Cause } from '../changes/change.ts'
import type { Partition } from '../definition.ts'
import type { Row } from '../store/row.ts'
import type { TableRows } from '../store/table-rows.ts'
import { takeDumpedRow, takeDumpedRows } from './dumped-row.ts'
import { prune } from './prune.ts'

/** The mark of a row that a notification told of meanwhile. */
const touched = 2

/**
 * One reading of a part of a table while notifications go on. The dump and the notifications come by different sockets,
 * so their order is not known; but a notification about an entry is never older than a dump that began before it. So
 * whatever is notified during the reading wins over what the dump says of that entry, and only entries that nobody spoke
 * of are taken from the dump, or are gone if it does not show them.
 *
 * A difference that the dump shows is kept back until the dump is whole and all notifications from before its end are
 * through: readers never see a state that a queued notification would turn back.
 */
export class KeyedRelist<Entry> implements Relist<Entry> {
  readonly #rows: TableRows<Entry>
  /** Nobody has seen the table yet: what the dump shows is written at once. */
  readonly #first: boolean
  /** Keys of entries that were removed by a notification meanwhile. */
  readonly #removed = new Set<string>()
  /** What the dump shows. */
  readonly #row: Row
  #differences: Row[] = []
  /** Id of the row that the dump showed last; `noRow` for the last difference, `undefined` for none. */
  #last: number | undefined
  #partStart = 0

  constructor(rows: TableRows<Entry>, first: boolean) {
    this.#rows = rows
    this.#first = first
    this.#row = rows.newRow()
    rows.store.clearMarks()
  }

  message(cursor: MessageCursor): void {
    const rows = this.#rows
    if (rows.definition.entries !== undefined) {
      for (const row of takeDumpedRows(rows, cursor, this.#row)) this.#show(row)
    } else if (takeDumpedRow(rows, cursor, this.#row)) this.#show(this.#row)
  }

  #show(row: Row): void {
    const rows = this.#rows
    const { store } = rows
    const id = store.find(row)
    if (this.#outdated(id, row)) return
    if (id >= 0) {
      store.setMark(id, shown)
      this.#last = id
      if (store.equals(id, row)) return
    }
    if (!this.#first) {
      this.#last = noRow
      this.#differences.push(row.copy())
    } else if (id >= 0) {
      rows.update(id, row, 'dump')
    } else {
      this.#last = rows.insert(row, 'dump')
      store.setMark(this.#last, shown)
    }
  }

  beginPart(): void {
    this.#partStart = this.#differences.length
    this.#last = undefined
  }

  cut(): string | undefined {
    const last = this.#differences.at(-1)
    if (this.#last === undefined || (this.#last === noRow && last === undefined)) return undefined
    if (this.#last === noRow) return this.#rows.keyTextOfRow(last!)
    return this.#rows.store.has(this.#last) ? this.#rows.keyTextOf(this.#last) : undefined
  }

  /**
   * The dump of this part begins anew. What it showed before is forgotten, but for which rows were seen: one of them
   * that is gone was removed by a notification, or by an event that makes it invalid again.
   */
  restart(): void {
    this.#differences.length = this.#partStart
  }

  /** A notification wrote this row. */
  wrote(id: number): void {
    this.#rows.store.setMark(id, touched)
  }

  /** A notification removed the row with the key of `row`, or said that there is none. */
  removed(row: Row): void {
    this.#removed.add(row.keyString())
  }

  async finish(partitions: readonly Partition<Entry>[], cause: Cause): Promise<RelistOutcome> {
    const rows = this.#rows
    const { store } = rows
    const slice = new TimeSlice()
    for (const row of this.#differences) {
      if (!this.#outdated(store.find(row), row)) store.setMark(rows.write(row, cause), shown)
      if (slice.over()) await slice.next()
    }
    this.#differences = []
    await prune(rows, partitions, slice, (id) => rows.remove(id, cause))
    return 'complete'
  }

  #outdated(id: number, row: Row): boolean {
    if (id >= 0) return this.#rows.store.mark(id) === touched
    return this.#removed.size > 0 && this.#removed.has(row.keyString())
  }
}
