import { type MessageCursor, TimeSlice } from '@rtnl/netlink-core'
import { noRow, type Relist, type RelistOutcome, shown } from '../apply/applier.ts'
import type { Cause } from '../changes/change.ts'
import type { Partition } from '../definition.ts'
import type { Row } from '../store/row.ts'
import type { TableRows } from '../store/table-rows.ts'
import { takeDumpedRow, takeDumpedRows } from './dumped-row.ts'
import { containsRow, prune } from './prune.ts'

/** The mark of a row that a notification wrote during the relist. */
const touched = 2

/**
 * One relist of a table of entries, or of a part of it, while notifications arrive. The dump and the notifications come by
 * different sockets, so their order is not known; but a notification about an entry is never older than a dump that began
 * before it. So a notification that arrives during the relist wins over the dump. From the dump the relist takes only the
 * entries that no notification named, and of those it removes the ones that the dump lacks.
 *
 * The relist holds back the differences until the dump is complete and the table has applied all notifications from before
 * its end. So readers never see a state that a queued notification would undo.
 */
export class KeyedRelist<Entry> implements Relist<Entry> {
  readonly #rows: TableRows<Entry>
  /** Whether this is the first dump: nobody has seen the table, so entries are written as the dump shows them. */
  readonly #first: boolean
  /** Whether every row came since the relist began, by the dump or by a notification: then there is nothing to prune. */
  readonly #beganEmpty: boolean
  /** Keys of entries that a notification removed during the relist. */
  readonly #removed = new Set<string>()
  /** Keys of entries that a notification removed shortly before the relist, and during it. */
  readonly #deleted: ReadonlySet<string> | undefined
  /** Whether the dump shows an entry of those. It may have been removed since. */
  #contradicts = false
  /** The row of the dump's message. */
  readonly #row: Row
  #differences: Row[] = []
  #partition: Partition<Entry>
  /** Id of the row that the dump showed last; `noRow` for the last difference, `undefined` for none. */
  #last: number | undefined
  #partStart = 0

  constructor(rows: TableRows<Entry>, first: boolean, deleted?: ReadonlySet<string>) {
    this.#rows = rows
    this.#deleted = deleted
    this.#first = first
    this.#partition = rows.definition.partitions[0]!
    this.#row = rows.newRow()
    this.#beganEmpty = first && rows.size === 0
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
    // A dump may show more than its partition, since the kernel cannot filter by everything. The table is exact in the rest:
    // what it lacks of that was removed.
    if (id < 0 && !this.#first && !containsRow(rows, this.#partition, row)) return
    if (this.#deleted !== undefined && this.#deleted.size > 0 && this.#deleted.has(row.keyString()))
      this.#contradicts = true
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

  beginPart(partition: Partition<Entry>): void {
    this.#partition = partition
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
   * Called when the dump of this part starts over. Its differences are dropped. A row that was shown as it is keeps its mark: if
   * it is gone, a notification removed it, or an event that makes the part invalid again. A row that was shown otherwise loses
   * its mark, since it may belong to another part.
   */
  restart(): void {
    const { store } = this.#rows
    for (const row of this.#differences.splice(this.#partStart)) {
      const id = store.find(row)
      if (id >= 0 && store.mark(id) === shown) store.setMark(id, 0)
    }
  }

  /** Called when a notification wrote this row. */
  wrote(id: number): void {
    this.#rows.store.setMark(id, touched)
  }

  /** Called when a notification removed the row with the key of `row`, or says that there is none. */
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
    if (!this.#beganEmpty) await prune(rows, partitions, slice, (id) => rows.remove(id, cause))
    return this.#contradicts ? 'retry' : 'complete'
  }

  #outdated(id: number, row: Row): boolean {
    if (id >= 0) return this.#rows.store.mark(id) === touched
    return this.#removed.size > 0 && this.#removed.has(row.keyString())
  }
}
