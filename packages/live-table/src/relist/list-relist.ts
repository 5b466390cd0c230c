import { type MessageCursor, TimeSlice } from '@rtnl/netlink-core'
import { noRow, type Relist, type RelistOutcome, severalRows, shown } from '../apply/applier.ts'
import type { RowLists } from '../apply/row-lists.ts'
import type { Cause } from '../changes/change.ts'
import type { Partition } from '../definition.ts'
import type { Row } from '../store/row.ts'
import { sumOf } from '../store/row-store.ts'
import type { TableRows } from '../store/table-rows.ts'
import { takeDumpedRow } from './dumped-row.ts'
import { contains, containsRow, prune } from './prune.ts'

/** Marks of rows during a reading: of a list that was notified, and not shown; written meanwhile. */
const unconfirmed = 2
const wrote = 3

/** A list that was notified during a reading. */
interface TouchedList {
  /** A row with its key, and no message. */
  readonly row: Row
  /** A notification told the whole list, and all that came after it was applied. */
  known: boolean
  /** How many notifications there were. */
  times: number
}

/** A list that differs from the table: its rows in order, as far as they belong to a part. */
interface Difference<Entry> {
  readonly run: readonly Row[]
  readonly partition: Partition<Entry>
}

/**
 * What became of a list that the dump showed otherwise.
 * - `done`: the table has it as it was shown
 * - `unknown`: what was shown does not tell where it stands among other entries
 * - `touched`: it was notified meanwhile
 */
type Assignment = 'done' | 'unknown' | 'touched'

/**
 * One reading of a table of ordered lists. The rules are those of `KeyedRelist`, for whole lists: the dump shows the
 * entries of a list one behind the other, and what was notified meanwhile wins. It wins for certain only if a
 * notification told the whole list, as that of its first entry does; most say what came or went and nothing of the
 * others, so that a list stays invalid if the dump shows another one.
 */
export class ListRelist<Entry> implements Relist<Entry> {
  readonly #rows: TableRows<Entry>
  readonly #lists: RowLists<Entry>
  readonly #first: boolean
  readonly #touched = new Map<string, TouchedList>()
  #differences: Difference<Entry>[] = []
  #partition: Partition<Entry>
  #partStart = 0
  /** The list that the dump is at, if it is at one: its rows but for the last one, and that. */
  #run: Row[] = []
  #last: Row
  #isInList = false
  /** What the dump shows next. */
  #next: Row

  constructor(rows: TableRows<Entry>, lists: RowLists<Entry>, first: boolean) {
    this.#rows = rows
    this.#lists = lists
    this.#first = first
    this.#partition = rows.definition.partitions[0]!
    this.#last = rows.newRow()
    this.#next = rows.newRow()
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

  /** The list that the dump was at may have more entries: it is taken only where nothing of it is known. */
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
   * A notification is about the list of the row.
   * @param whole whether it tells all of it
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

  /** A notification put a row into a list. */
  wrote(id: number): void {
    this.#rows.store.setMark(id, wrote)
  }

  async finish(partitions: readonly Partition<Entry>[], cause: Cause, provisional: boolean): Promise<RelistOutcome> {
    this.#endRun()
    const slice = new TimeSlice()
    let outcome: RelistOutcome = 'complete'
    for (const difference of this.#differences) {
      const list = this.#touched.get(difference.run[0]!.keyString())
      let assignment: Assignment = 'touched'
      if (list === undefined || (provisional && !list.known)) assignment = await this.#assign(difference, cause, slice)
      if (assignment === 'unknown') outcome = 'widen'
      else if (outcome === 'complete' && list?.known !== true && (list !== undefined || assignment === 'touched')) {
        outcome = 'retry'
      }
      if (slice.over()) await slice.next()
    }
    this.#differences = []
    await prune(this.#rows, partitions, slice, (id) => this.#remove(id, cause))
    if (outcome === 'widen') return outcome
    for (const list of this.#touched.values()) {
      // What neither the dump showed nor a notification told of may be gone since before the reading.
      const unseen = list.known ? [] : this.#unconfirmedOf(list, partitions)
      if (unseen.length > 0) outcome = 'retry'
      if (provisional) for (const id of unseen) this.#remove(id, cause)
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

  /** The dump has left a list: it is as the table has it, or is kept for the end. */
  #endRun(): void {
    if (!this.#isInList) return
    const { store } = this.#rows
    const last = this.#last
    const only = this.#run.length === 0 ? this.#lists.only(last) : severalRows
    if (only >= 0 && store.equals(only, last)) {
      store.setMark(only, shown)
    } else if (only === noRow && this.#first && !this.#isTouched(last)) {
      store.setMark(this.#rows.insert(last, 'dump'), shown)
    } else {
      for (const slot of this.#covered(last, this.#lists.slots(last), this.#partition))
        store.setMark(this.#lists.id(last, slot), shown)
      this.#differences.push({ run: [...this.#run, last.copy()], partition: this.#partition })
    }
    this.#leaveList()
  }

  #leaveList(): void {
    if (this.#run.length > 0) this.#run = []
    this.#isInList = false
  }

  #isTouched(row: Row): boolean {
    return this.#touched.size > 0 && this.#touched.has(row.keyString())
  }

  /** Those of the slots of a list whose entries belong to a part. */
  #covered(row: Row, slots: readonly number[], partition: Partition<Entry>): readonly number[] {
    return slots.filter((slot) => contains(this.#rows, partition, this.#lists.id(row, slot)))
  }

  /**
   * Makes a list what the dump of a part showed of it. A long list takes many turns of the event loop; one that is notified
   * meanwhile is left as it then is.
   */
  async #assign({ run, partition }: Difference<Entry>, cause: Cause, slice: TimeSlice): Promise<Assignment> {
    const [first] = run as [Row]
    const key = first.keyString()
    const { length } = this.#lists.slots(first)
    const covered = this.#covered(first, this.#lists.slots(first), partition)
    const [slot] = covered
    if (run.length === 1 && length === 1 && slot !== undefined) {
      // Almost all lists.
      this.#put(first, slot, cause)
      return 'done'
    }
    const steps =
      covered.length < length
        ? // A dump may show more than its part: the kernel has not a filter for everything.
          this.#assignPart(
            first,
            run.filter((row) => containsRow(this.#rows, partition, row)),
            covered,
            cause,
          )
        : this.#assignAll(run, covered, cause)
    const times = this.#touched.get(key)?.times
    while (true) {
      const { done, value } = steps.next()
      if (done === true) return value
      if (!slice.over()) continue
      await slice.next()
      if (this.#touched.get(key)?.times !== times) return 'touched'
    }
  }

  /**
   * Makes a list what the dump showed, in steps after each of which it is a list. Entries that it had before keep their
   * slots; of the others, those that came and those that went are paired in order, so that a replaced entry is told as a
   * change.
   */
  *#assignAll(run: readonly Row[], old: readonly number[], cause: Cause): Generator<void, Assignment> {
    const { store } = this.#rows
    const [first] = run as [Row]
    const slots = yield* this.#slotsOf(run, old)
    const kept = new Set(slots)
    const spare = old.filter((slot) => !kept.has(slot))
    let used = 0
    for (const [place, row] of run.entries()) {
      const slot = slots[place] ?? spare[used++]
      if (slot !== undefined) this.#put(row, slot, cause)
      slots[place] = slot
      yield
    }
    for (const slot of spare.slice(used)) {
      this.#remove(this.#lists.id(first, slot), cause)
      yield
    }
    for (const [place, row] of run.entries()) {
      if (slots[place] !== undefined) continue
      const id = this.#lists.insert(row, this.#lists.slots(row).length, cause)
      store.setMark(id, shown)
      slots[place] = store.slot(id)
      yield
    }
    this.#lists.arrange(first, slots as number[])
    return 'done'
  }

  /** For each row the slot that holds the same, if there is one; each slot once. */
  *#slotsOf(run: readonly Row[], old: readonly number[]): Generator<void, (number | undefined)[]> {
    const [first] = run as [Row]
    const bySum = new Map<number, number[]>()
    for (const slot of old.toReversed()) {
      const sum = this.#rows.store.sum(this.#lists.id(first, slot))
      const alike = bySum.get(sum)
      if (alike === undefined) bySum.set(sum, [slot])
      else alike.push(slot)
      yield
    }
    const found: (number | undefined)[] = []
    for (const row of run) {
      const alike = bySum.get(sumOf(row.words, row.keyWords, row.keyWords + row.count)) ?? []
      const at = alike.findLastIndex((slot) => this.#holds(row, slot))
      found.push(at < 0 ? undefined : alike.splice(at, 1)[0])
      yield
    }
    return found
  }

  /**
   * The same where other entries stand in the list, of which the dump says nothing. Entries that changed in silence are
   * still in their places, and those that went are missing; where one came from is not known.
   * @param key a row with the key of the list
   * @param covered slots of the entries that the dump would show
   */
  *#assignPart(key: Row, run: readonly Row[], covered: readonly number[], cause: Cause): Generator<void, Assignment> {
    if (run.length === covered.length) {
      for (const [place, row] of run.entries()) {
        this.#put(row, covered[place]!, cause)
        yield
      }
      return 'done'
    }
    const gone: number[] = []
    let left = 0
    for (const slot of covered) {
      const row = run[left]
      if (row !== undefined && this.#holds(row, slot)) left++
      else gone.push(slot)
      yield
    }
    if (left < run.length) return 'unknown'
    for (const slot of gone) {
      this.#remove(this.#lists.id(key, slot), cause)
      yield
    }
    return 'done'
  }

  #holds(row: Row, slot: number): boolean {
    return this.#rows.store.equals(this.#lists.id(row, slot), row)
  }

  #put(row: Row, slot: number, cause: Cause): void {
    const rows = this.#rows
    rows.store.setMark(rows.write(row, cause, slot), shown)
  }

  #remove(id: number, cause: Cause): void {
    const { store } = this.#rows
    const row = store.keyOf(id)
    this.#lists.remove(row, this.#lists.slots(row).indexOf(store.slot(id)), cause)
  }
}
