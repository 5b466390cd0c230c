import type { Cause } from './change.ts'
import { severalRows } from './keeper.ts'
import type { TableRows } from './table-rows.ts'

const onlyFirst: readonly number[] = [0]
const none: readonly number[] = []

/**
 * The order of rows that share a key but for its last word, the slot. A list that is just slot 0, as almost all are, is
 * not recorded anywhere else. A slot stays with its entry while others come and go.
 */
export class RowLists<Entry> {
  readonly #rows: TableRows<Entry>
  /** Slots in order, of lists that are not just slot 0. */
  readonly #recorded = new Map<string, number[]>()
  /** How many of those have a key with this hash: most lookups end here, and make no text. */
  readonly #hashes = new Map<number, number>()

  constructor(rows: TableRows<Entry>) {
    this.#rows = rows
  }

  /** Slots of the list with the key in `row`, in order. */
  slots(row: Int32Array): readonly number[] {
    return this.#recordOf(row) ?? (this.id(row, 0) < 0 ? none : onlyFirst)
  }

  /**
   * Id of the only row of the list with the key in `row`, which is in slot 0; `noRow` if there is none, `severalRows` if
   * there are more, or the one that is left of them is in another slot. The slot of `row` is 0 then, so that the row can be written.
   */
  only(row: Int32Array): number {
    return this.#recordOf(row) === undefined ? this.id(row, 0) : severalRows
  }

  /** Id of the row in a slot, or -1. */
  id(row: Int32Array, slot: number): number {
    row[this.#rows.keyWords - 1] = slot
    return this.#rows.store.find(row)
  }

  /** The key of a row without its slot, as a text. */
  keyOf(row: Int32Array): string {
    return row.subarray(0, this.#rows.keyWords - 1).join()
  }

  /** Puts a row (its key, then `count` words) into a list; returns its id. */
  insert(row: Int32Array, count: number, place: number, cause: Cause): number {
    const before = this.slots(row)
    const slot = before.length === 0 ? 0 : Math.max(...before) + 1
    if (slot > 0) this.#record(row, before.toSpliced(place, 0, slot))
    row[this.#rows.keyWords - 1] = slot
    return this.#rows.write(row, count, cause)
  }

  replace(row: Int32Array, count: number, place: number, cause: Cause): number {
    row[this.#rows.keyWords - 1] = this.slots(row)[place]!
    return this.#rows.write(row, count, cause)
  }

  remove(row: Int32Array, place: number, cause: Cause): void {
    const before = this.slots(row)
    const slot = before[place]
    if (before !== onlyFirst) this.#record(row, before.toSpliced(place, 1))
    this.#rows.remove(this.id(row, slot!), cause)
  }

  /** Changes the order of a list to that of the given slots, which are all of it. */
  arrange(row: Int32Array, slots: number[]): void {
    this.#record(row, slots)
  }

  #recordOf(row: Int32Array): readonly number[] | undefined {
    return this.#recorded.size > 0 && this.#hashes.has(this.#hash(row))
      ? this.#recorded.get(this.keyOf(row))
      : undefined
  }

  #record(row: Int32Array, slots: number[]): void {
    const key = this.keyOf(row)
    const hash = this.#hash(row)
    const known = this.#recorded.has(key)
    const ordinary = slots.length === 0 || (slots.length === 1 && slots[0] === 0)
    if (!ordinary) {
      this.#recorded.set(key, slots)
      if (!known) this.#hashes.set(hash, (this.#hashes.get(hash) ?? 0) + 1)
    } else if (known) {
      this.#recorded.delete(key)
      const count = this.#hashes.get(hash) ?? 0
      if (count > 1) this.#hashes.set(hash, count - 1)
      else this.#hashes.delete(hash)
    }
  }

  /** Of the key without its slot. */
  #hash(row: Int32Array): number {
    let hash = 0
    for (let i = 0; i < this.#rows.keyWords - 1; i++) hash = (Math.imul(hash, 31) + row[i]!) | 0
    return hash
  }
}
