import { shown } from '../apply/applier.ts'
import type { RowLists } from '../apply/row-lists.ts'
import type { Cause } from '../changes/change.ts'
import type { Partition } from '../definition.ts'
import { type Row, sumOf } from '../store/row.ts'
import type { TableRows } from '../store/table-rows.ts'
import { contains, containsRow } from './prune.ts'

/** A list that the dump of a partition shows differently than the table: its rows in order. */
export interface ListDifference<Entry> {
  readonly run: readonly Row[]
  readonly partition: Partition<Entry>
}

/**
 * The result of an assignment.
 * - `done`: the table has the list as the dump showed it
 * - `unknown`: the list has entries of other partitions, and the dump does not show the places of its entries among them
 */
export type ListAssignment = 'done' | 'unknown'

/** Makes lists of a table what a dump showed of them, with few changes: entries that stay keep their slots. */
export class ListAssigner<Entry> {
  readonly #rows: TableRows<Entry>
  readonly #lists: RowLists<Entry>

  constructor(rows: TableRows<Entry>, lists: RowLists<Entry>) {
    this.#rows = rows
    this.#lists = lists
  }

  /**
   * Assigns a list in steps, since a long one takes many turns of the event loop. After each step the table has a valid list,
   * so the caller may stop.
   */
  assign({ run, partition }: ListDifference<Entry>, cause: Cause): Generator<void, ListAssignment> {
    const [first] = run as [Row]
    const { length } = this.#lists.slots(first)
    const slots = this.slotsIn(first, partition)
    // A dump may show more than its partition, since the kernel cannot filter by everything. The table is exact in the rest:
    // what it lacks of that was removed, or a notification tells of it.
    const own = run.filter((row) => containsRow(this.#rows, partition, row))
    if (slots.length === length) return this.#assignAll(first, own, slots, cause)
    return this.#assignPart(first, own, slots, cause)
  }

  /** Assigns a list of one entry, in one step. Almost all lists are so. @returns whether it was one */
  assignOnly({ run, partition }: ListDifference<Entry>, cause: Cause): boolean {
    const [first] = run as [Row]
    if (run.length !== 1 || this.#lists.slots(first).length !== 1) return false
    const [slot] = this.slotsIn(first, partition)
    if (slot === undefined || !containsRow(this.#rows, partition, first)) return false
    this.#put(first, slot, cause)
    return true
  }

  /** Returns the slots of the list with the key of `row` whose entries belong to a partition. */
  slotsIn(row: Row, partition: Partition<Entry>): readonly number[] {
    return this.#lists.slots(row).filter((slot) => contains(this.#rows, partition, this.#lists.id(row, slot)))
  }

  /** Removes a row from its list. */
  remove(id: number, cause: Cause): void {
    const { store } = this.#rows
    const row = store.keyOf(id)
    this.#lists.remove(row, this.#lists.slots(row).indexOf(store.slot(id)), cause)
  }

  /**
   * Assigns a list of which the dump showed all. Rows that the list has keep their slots. Other old and new rows are paired in
   * order, so that readers see a replaced entry as a change.
   * @param key a row with the key of the list
   */
  *#assignAll(key: Row, run: readonly Row[], old: readonly number[], cause: Cause): Generator<void, ListAssignment> {
    const { store } = this.#rows
    const slots = yield* this.#slotsOf(key, run, old)
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
      this.remove(this.#lists.id(key, slot), cause)
      yield
    }
    for (const [place, row] of run.entries()) {
      if (slots[place] !== undefined) continue
      const id = this.#lists.insert(row, this.#lists.slots(row).length, cause)
      store.setMark(id, shown)
      slots[place] = store.slot(id)
      yield
    }
    this.#lists.arrange(key, slots as number[])
    return 'done'
  }

  /** Returns for each row the slot of an equal row, if there is one. Each slot is used once. */
  *#slotsOf(key: Row, run: readonly Row[], old: readonly number[]): Generator<void, (number | undefined)[]> {
    const bySum = new Map<number, number[]>()
    for (const slot of old.toReversed()) {
      const sum = this.#rows.store.sum(this.#lists.id(key, slot))
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
   * Assigns the entries of a list that belong to a partition, if the list has other entries, which the dump does not show.
   * Entries that the kernel changed silently keep their places, and entries that it removed are missing. The place of an entry
   * that the kernel added is unknown.
   * @param key a row with the key of the list
   * @param own slots of the entries that belong to the partition
   */
  *#assignPart(key: Row, run: readonly Row[], own: readonly number[], cause: Cause): Generator<void, ListAssignment> {
    if (run.length === own.length) {
      for (const [place, row] of run.entries()) {
        this.#put(row, own[place]!, cause)
        yield
      }
      return 'done'
    }
    const gone: number[] = []
    let found = 0
    for (const slot of own) {
      const row = run[found]
      if (row !== undefined && this.#holds(row, slot)) found++
      else gone.push(slot)
      yield
    }
    if (found < run.length) return 'unknown'
    for (const slot of gone) {
      this.remove(this.#lists.id(key, slot), cause)
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
}
