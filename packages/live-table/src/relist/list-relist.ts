import { type MessageCursor, TimeSlice } from '@rtnl/netlink-core'
import { noRow, type Relist, type RelistOutcome, severalRows, shown } from '../apply/applier.ts'
import type { RowLists } from '../apply/row-lists.ts'
import type { Cause } from '../changes/change.ts'
import type { Partition } from '../definition.ts'
import type { Row } from '../store/row.ts'
import type { TableRows } from '../store/table-rows.ts'
import { takeDumpedRow } from './dumped-row.ts'
import { ListAssigner, type ListAssignment, type ListDifference } from './list-assigner.ts'
import { contains, prune } from './prune.ts'

/** The mark of a row whose list a notification named during the relist, and that no dump has shown. */
const unconfirmed = 2
/** The mark of a row that a notification wrote during the relist. */
const wrote = 3

/** A list that a notification named during the relist. */
interface TouchedList {
  /** A row with its key, and no message. */
  readonly row: Row
  /** Whether a notification showed the whole list. Then the table has applied all later changes of it. */
  known: boolean
  /** The number of notifications. */
  times: number
}

/**
 * One relist of a table of ordered lists, or of a part of it, while notifications arrive. It works as `KeyedRelist` does, with
 * lists in the place of entries: the dump shows the entries of a list one after the other, and a list that a notification
 * named wins over the dump. But the table knows such a list for certain only if a notification showed all of it, as that of
 * its first entry does. Most notifications add or remove one entry and say nothing about the others. If the dump then shows
 * another list, the list stays invalid.
 */
export class ListRelist<Entry> implements Relist<Entry> {
  readonly #rows: TableRows<Entry>
  readonly #lists: RowLists<Entry>
  readonly #first: boolean
  /** Whether every row came since the relist began, by the dump or by a notification: then there is nothing to prune. */
  readonly #beganEmpty: boolean
  readonly #touched = new Map<string, TouchedList>()
  /** Keys of lists of which a notification removed an entry shortly before the relist, and during it. */
  readonly #deleted: ReadonlySet<string> | undefined
  /** Keys of lists that had several entries then. */
  readonly #several: ReadonlySet<string> | undefined
  readonly #assigner: ListAssigner<Entry>
  #differences: ListDifference<Entry>[] = []
  #partition: Partition<Entry>
  #partStart = 0
  /** The list that the dump is showing, if any: its rows without the last one, and the last one. */
  #run: Row[] = []
  #last: Row
  #isInList = false
  /** Whether the dump shows a list differently of which an entry was announced as deleted. It may have been removed since. */
  #contradicts = false
  /** The row of the next message. */
  #next: Row

  constructor(
    rows: TableRows<Entry>,
    lists: RowLists<Entry>,
    first: boolean,
    deleted?: ReadonlySet<string>,
    several?: ReadonlySet<string>,
  ) {
    this.#rows = rows
    this.#several = several
    this.#deleted = deleted
    this.#lists = lists
    this.#first = first
    this.#assigner = new ListAssigner(rows, lists)
    this.#partition = rows.definition.partitions[0]!
    this.#last = rows.newRow()
    this.#next = rows.newRow()
    this.#beganEmpty = first && rows.size === 0
    rows.store.clearMarks()
  }

  message(cursor: MessageCursor): void {
    const next = this.#next
    if (!takeDumpedRow(this.#rows, cursor, next)) return
    if (this.#isInList) {
      if (next.hasKeyOf(this.#last)) this.#run.push(this.#last.copy())
      else this.#endRun()
    }
    this.#next = this.#last
    this.#last = next
    this.#isInList = true
  }

  beginPart(partition: Partition<Entry>): void {
    this.#endRun()
    this.#partition = partition
    this.#partStart = this.#differences.length
  }

  /** The last list of the dump may have more entries. It is taken only if the table has no entry of it. */
  cut(): string | undefined {
    if (!this.#isInList) return undefined
    const behind = this.#rows.keyTextOfRow(this.#last)
    if (this.#lists.slots(this.#last).length === 0) this.#endRun()
    this.#leaveList()
    return behind
  }

  restart(): void {
    this.#leaveList()
    this.#differences.length = this.#partStart
  }

  /**
   * Called when a notification names the list of a row.
   * @param whole whether the notification shows the whole list
   */
  touched(row: Row, whole: boolean): void {
    const { store } = this.#rows
    const key = row.keyString()
    const before = this.#touched.get(key)
    if (before !== undefined) {
      before.known ||= whole
      before.times++
      return
    }
    this.#touched.set(key, { row: row.copy(0), known: whole, times: 1 })
    for (const slot of this.#lists.slots(row)) {
      const id = this.#lists.id(row, slot)
      if (store.mark(id) === 0) store.setMark(id, unconfirmed)
    }
  }

  /** Called when a notification wrote this row. */
  wrote(id: number): void {
    this.#rows.store.setMark(id, wrote)
  }

  async finish(partitions: readonly Partition<Entry>[], cause: Cause, provisional: boolean): Promise<RelistOutcome> {
    this.#endRun()
    const slice = new TimeSlice()
    let outcome: RelistOutcome = this.#contradicts ? 'retry' : 'complete'
    for (const difference of this.#differences) {
      const list = this.#touched.get(difference.run[0]!.keyString())
      let assignment: ListAssignment | 'touched' = 'touched'
      if (list === undefined || (provisional && !list.known)) assignment = await this.#assign(difference, cause, slice)
      if (assignment === 'unknown') outcome = 'widen'
      else if (outcome === 'complete' && list?.known !== true && (list !== undefined || assignment === 'touched')) {
        outcome = 'retry'
      }
      if (slice.over()) await slice.next()
    }
    this.#differences = []
    if (!this.#beganEmpty) await prune(this.#rows, partitions, slice, (id) => this.#assigner.remove(id, cause))
    if (outcome === 'widen') return outcome
    for (const [key, list] of this.#touched) {
      // What a notification does to one of several entries is known only if the list was, and the notification may be older
      // than the dump.
      if (!list.known && this.#several?.has(key) === true) outcome = 'retry'
      // An entry that neither the dump nor a notification showed may have been removed before the relist.
      const unseen = list.known ? [] : this.#unconfirmedOf(list, partitions)
      if (unseen.length > 0) outcome = 'retry'
      if (provisional) for (const id of unseen) this.#assigner.remove(id, cause)
      if (slice.over()) await slice.next()
    }
    return outcome
  }

  #unconfirmedOf({ row }: TouchedList, partitions: readonly Partition<Entry>[]): number[] {
    const rows = this.#rows
    const ids = this.#lists.slots(row).map((slot) => this.#lists.id(row, slot))
    return ids.filter(
      (id) => rows.store.mark(id) === unconfirmed && partitions.some((partition) => contains(rows, partition, id)),
    )
  }

  /** Called at the end of a list in the dump. If the list differs from the table's, it is kept until `finish`. */
  #endRun(): void {
    if (!this.#isInList) return
    const { store } = this.#rows
    const last = this.#last
    const only = this.#run.length === 0 ? this.#lists.only(last) : severalRows
    if (only >= 0 && store.equals(only, last)) {
      store.setMark(only, shown)
    } else if (
      only === noRow &&
      this.#first &&
      !this.#isDoubtful(last) &&
      (this.#touched.size === 0 || !this.#touched.has(last.keyString()))
    ) {
      store.setMark(this.#rows.insert(last, 'dump'), shown)
    } else {
      for (const slot of this.#assigner.slotsIn(last, this.#partition)) store.setMark(this.#lists.id(last, slot), shown)
      if (this.#isDoubtful(last)) this.#contradicts = true
      this.#differences.push({ run: [...this.#run, last.copy()], partition: this.#partition })
    }
    this.#leaveList()
  }

  #isDoubtful(row: Row): boolean {
    return this.#deleted !== undefined && this.#deleted.size > 0 && this.#deleted.has(row.keyString())
  }

  #leaveList(): void {
    if (this.#run.length > 0) this.#run = []
    this.#isInList = false
  }

  /**
   * Makes a list what the dump showed of it. If a notification names the list while this takes several turns of the event
   * loop, the result is `touched`, and the list stays as it then is.
   */
  async #assign(
    difference: ListDifference<Entry>,
    cause: Cause,
    slice: TimeSlice,
  ): Promise<ListAssignment | 'touched'> {
    if (this.#assigner.assignOnly(difference, cause)) return 'done'
    const key = difference.run[0]!.keyString()
    const times = this.#touched.get(key)?.times
    const steps = this.#assigner.assign(difference, cause)
    while (true) {
      const { done, value } = steps.next()
      if (done === true) return value
      if (!slice.over()) continue
      await slice.next()
      if (this.#touched.get(key)?.times !== times) return 'touched'
    }
  }
}
