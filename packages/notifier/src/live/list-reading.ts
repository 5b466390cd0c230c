import { type MessageCursor, TimeSlice } from '@rtnl/netlink-core'
import type { Cause } from './change.ts'
import type { Scope } from './definition.ts'
import { takeDumpedRow } from './dumped-row.ts'
import { noRow, type Reading, type Remainder, severalRows } from './keeper.ts'
import type { RowLists } from './row-lists.ts'
import { covers, coversWords, sweep } from './sweep.ts'
import type { TableRows } from './table-rows.ts'

/** Marks of rows during a reading: shown by the dump; of a list that was notified, and not shown; written meanwhile. */
const shown = 1
const doubted = 2
const wrote = 3

/** A list that was notified during a reading. */
interface TouchedList {
  /** A row with its key. */
  readonly row: Int32Array
  /** A notification told the whole list, and all that came after it was applied. */
  known: boolean
}

/**
 * One reading of a table of ordered lists. The rules are those of `KeyedReading`, for whole lists: the dump shows the
 * entries of a list one behind the other, and what was notified meanwhile wins. It wins for certain only if a
 * notification told the whole list, as that of its first entry does; most say what came or went and nothing of the
 * others, so that a list stays in doubt if the dump shows another one.
 */
export class ListReading<Entry> implements Reading<Entry> {
  readonly #rows: TableRows<Entry>
  readonly #lists: RowLists<Entry>
  readonly #first: boolean
  readonly #touched = new Map<string, TouchedList>()
  /** Lists that differ from the table: their rows in order, as far as they belong to a part. */
  #differences: { run: readonly Int32Array[]; scope: Scope<Entry> }[] = []
  #scope: Scope<Entry>
  #partStart = 0
  /** The list that the dump is at. */
  #run: Int32Array[] = []
  /** Its last row, in a buffer that is used again as long as the list has only one. */
  #last = new Int32Array(0)
  #lastLength = 0

  constructor(rows: TableRows<Entry>, lists: RowLists<Entry>, first: boolean) {
    this.#rows = rows
    this.#lists = lists
    this.#first = first
    this.#scope = rows.definition.whole[0]!
    rows.store.clearMarks()
  }

  message(cursor: MessageCursor): void {
    const rows = this.#rows
    const count = takeDumpedRow(rows, cursor)
    if (count < 0) return
    const length = rows.keyWords + count
    if (this.#lastLength > 0) {
      if (this.#sameList(rows.scratch)) this.#run.push(this.#last.slice(0, this.#lastLength))
      else this.#endRun()
    }
    if (this.#last.length < length) this.#last = new Int32Array(length * 2)
    for (let i = 0; i < length; i++) this.#last[i] = rows.scratch[i]!
    this.#lastLength = length
  }

  beginPart(scope: Scope<Entry>): void {
    this.#endRun()
    this.#scope = scope
    this.#partStart = this.#differences.length
  }

  restart(): void {
    this.#run = []
    this.#lastLength = 0
    this.#differences.length = this.#partStart
  }

  /**
   * A notification is about the list of the row.
   * @param whole whether it tells all of it
   */
  touched(row: Int32Array, whole: boolean): void {
    const { store, keyWords } = this.#rows
    const key = this.#lists.keyOf(row)
    const before = this.#touched.get(key)
    if (before === undefined) this.#touched.set(key, { row: row.slice(0, keyWords), known: whole })
    else before.known ||= whole
    for (const slot of this.#lists.slots(row)) {
      const id = this.#lists.id(row, slot)
      if (store.mark(id) === 0) store.setMark(id, doubted)
    }
  }

  /** A notification put a row into a list. */
  wrote(id: number): void {
    this.#rows.store.setMark(id, wrote)
  }

  async finish(scopes: readonly Scope<Entry>[], cause: Cause): Promise<Remainder> {
    this.#endRun()
    const slice = new TimeSlice()
    let remainder: Remainder = 'none'
    for (const { run, scope } of this.#differences) {
      const [first] = run as [Int32Array]
      const list = this.#touched.get(this.#lists.keyOf(first))
      if (list === undefined) {
        if (!this.#assign(run, scope, cause)) remainder = 'more'
      } else if (remainder === 'none' && !list.known) {
        remainder = 'same'
      }
      if (slice.over()) await slice.next()
    }
    this.#differences = []
    await sweep(this.#rows, scopes, slice, (id) => this.#remove(id, cause))
    if (remainder !== 'none') return remainder
    for (const list of this.#touched.values()) {
      // What neither the dump showed nor a notification told of may be gone since before the reading.
      if (!list.known && this.#isDoubted(list, scopes)) return 'same'
      if (slice.over()) await slice.next()
    }
    return remainder
  }

  #isDoubted({ row }: TouchedList, scopes: readonly Scope<Entry>[]): boolean {
    const rows = this.#rows
    return this.#lists.slots(row).some((slot) => {
      const id = this.#lists.id(row, slot)
      return rows.store.mark(id) === doubted && scopes.some((scope) => covers(rows, scope, id))
    })
  }

  #sameList(row: Int32Array): boolean {
    for (let i = 0; i < this.#rows.keyWords - 1; i++) if (row[i] !== this.#last[i]) return false
    return true
  }

  /** The dump has left a list: it is as the table has it, or is kept for the end. */
  #endRun(): void {
    if (this.#lastLength === 0) return
    const { store, keyWords } = this.#rows
    const count = this.#lastLength - keyWords
    const only = this.#run.length === 0 ? this.#lists.only(this.#last) : severalRows
    if (only >= 0 && store.equals(only, this.#last, count)) {
      store.setMark(only, shown)
      this.#lastLength = 0
      return
    }
    if (only === noRow && this.#first && !this.#isTouched(this.#last)) {
      store.setMark(this.#rows.insert(this.#last, count, 'dump'), shown)
      this.#lastLength = 0
      return
    }
    const slots = this.#lists.slots(this.#last)
    const run = [...this.#run, this.#last.slice(0, this.#lastLength)]
    for (const slot of this.#covered(this.#last, slots, this.#scope))
      store.setMark(this.#lists.id(this.#last, slot), shown)
    this.#differences.push({ run, scope: this.#scope })
    this.#run = []
    this.#lastLength = 0
  }

  #isTouched(row: Int32Array): boolean {
    return this.#touched.size > 0 && this.#touched.has(this.#lists.keyOf(row))
  }

  /** Those of the slots of a list whose entries belong to a part. */
  #covered(row: Int32Array, slots: readonly number[], scope: Scope<Entry>): readonly number[] {
    return slots.filter((slot) => covers(this.#rows, scope, this.#lists.id(row, slot)))
  }

  /**
   * Makes a list what the dump of a part showed of it.
   * @returns whether that was possible
   */
  #assign(run: readonly Int32Array[], scope: Scope<Entry>, cause: Cause): boolean {
    const [first] = run as [Int32Array]
    const slots = this.#lists.slots(first)
    const covered = this.#covered(first, slots, scope)
    if (covered.length < slots.length) {
      // A dump may show more than its part: the kernel has not a filter for everything.
      const part = run.filter((row) => coversWords(this.#rows, scope, row))
      return this.#assignPart(first, part, covered, cause)
    }
    this.#assignAll(run, [...slots], cause)
    return true
  }

  /**
   * Makes a list what the dump showed. Entries that it had before keep their slots; of the others, those that came and
   * those that went are paired in order, so that a replaced entry is told as a change.
   */
  #assignAll(run: readonly Int32Array[], old: readonly number[], cause: Cause): void {
    const rows = this.#rows
    const [first] = run as [Int32Array]
    const free = new Set(old)
    const slots: (number | undefined)[] = run.map((row) => {
      const slot = old.find((candidate) => free.has(candidate) && this.#holds(row, candidate))
      if (slot !== undefined) free.delete(slot)
      return slot
    })
    const [...spare] = free
    let next = old.length === 0 ? 0 : Math.max(...old) + 1
    const arranged = slots.map((slot) => slot ?? spare.shift() ?? next++)
    for (const slot of spare) rows.remove(this.#lists.id(first, slot), cause)
    this.#lists.arrange(first, arranged)
    for (const [place, row] of run.entries()) this.#put(row, arranged[place]!, cause)
  }

  /**
   * The same where other entries stand in the list, of which the dump says nothing. Entries that changed in silence are
   * still in their places, and those that went are missing; where one came from is not known.
   * @param key a row with the key of the list
   * @param covered slots of the entries that the dump would show
   */
  #assignPart(key: Int32Array, run: readonly Int32Array[], covered: readonly number[], cause: Cause): boolean {
    if (run.length === covered.length) {
      for (const [place, row] of run.entries()) this.#put(row, covered[place]!, cause)
      return true
    }
    const left: number[] = []
    for (const slot of covered)
      if (run[left.length] !== undefined && this.#holds(run[left.length]!, slot)) left.push(slot)
    if (left.length < run.length) return false
    const gone = covered.filter((slot) => !left.includes(slot)).map((slot) => this.#lists.id(key, slot))
    for (const id of gone) this.#remove(id, cause)
    return true
  }

  #holds(row: Int32Array, slot: number): boolean {
    return this.#rows.store.equals(this.#lists.id(row, slot), row, row.length - this.#rows.keyWords)
  }

  #put(row: Int32Array, slot: number, cause: Cause): void {
    const rows = this.#rows
    row[rows.keyWords - 1] = slot
    rows.store.setMark(rows.write(row, row.length - rows.keyWords, cause), shown)
  }

  #remove(id: number, cause: Cause): void {
    const row = this.#rows.store.key(id)
    const slot = row[this.#rows.keyWords - 1]!
    this.#lists.remove(row, this.#lists.slots(row).indexOf(slot), cause)
  }
}
