import type { Cause } from '../changes/change.ts'
import type { Row } from '../store/row.ts'
import type { TableRows } from '../store/table-rows.ts'
import { severalRows } from './applier.ts'

const onlyFirst: readonly number[] = [0]
const none: readonly number[] = []

interface Recorded {
  /** Slots in order. */
  readonly slots: number[]
  /** All slots are below this. */
  limit: number
}

/**
 * The order of rows that share a key, as a list of their slots. Almost all lists are slot 0 alone; those take no memory
 * here. An entry keeps its slot while others are added and removed.
 */
export class RowLists<Entry> {
  readonly #rows: TableRows<Entry>
  /** Lists that are not just slot 0. */
  readonly #recorded = new Map<string, Recorded>()
  /** The number of recorded lists by the hash of their key. Most lookups end here and make no text. */
  readonly #hashes = new Map<number, number>()

  constructor(rows: TableRows<Entry>) {
    this.#rows = rows
  }

  /** Whether each list has one row, in slot 0. */
  get areOfOne(): boolean {
    return this.#recorded.size === 0
  }

  /** Slots of the list with the key of `row`, in order. */
  slots(row: Row): readonly number[] {
    return this.#recordOf(row)?.slots ?? (this.id(row, 0) < 0 ? none : onlyFirst)
  }

  /**
   * Id of the only row of the list with the key of `row`, if it is in slot 0; `noRow` if the list is empty, `severalRows`
   * if it has more rows, or one that is in another slot.
   */
  only(row: Row): number {
    if (this.#recorded.size > 0 && this.#recordOf(row) !== undefined) return severalRows
    return this.#rows.store.find(row, 0)
  }

  /** Id of the row in a slot, or -1. */
  id(row: Row, slot: number): number {
    return this.#rows.store.find(row, slot)
  }

  /** Puts a row into its list; returns its id. */
  insert(row: Row, place: number, cause: Cause): number {
    const known = this.#recordOf(row)
    let slot = 0
    if (known !== undefined) {
      slot = known.limit++
      known.slots.splice(place, 0, slot)
    } else if (this.id(row, 0) >= 0) {
      slot = 1
      this.#record(row, place === 0 ? [1, 0] : [0, 1])
    }
    return this.#rows.write(row, cause, slot)
  }

  replace(row: Row, place: number, cause: Cause): number {
    return this.#rows.write(row, cause, this.slots(row)[place]!)
  }

  remove(row: Row, place: number, cause: Cause): void {
    const known = this.#recordOf(row)
    const slot = known === undefined ? 0 : known.slots.splice(place, 1)[0]!
    if (known !== undefined) {
      if (slot === known.limit - 1) known.limit = slot
      this.#forgetIfOrdinary(row, known.slots)
    }
    this.#rows.remove(this.id(row, slot), cause)
  }

  /** Orders a list as the given slots, which are all slots of the list. */
  arrange(row: Row, slots: number[]): void {
    this.#record(row, slots)
    this.#forgetIfOrdinary(row, slots)
  }

  #recordOf(row: Row): Recorded | undefined {
    return this.#recorded.size > 0 && this.#hashes.has(row.hash) ? this.#recorded.get(row.keyString()) : undefined
  }

  #record(row: Row, slots: number[]): void {
    const { hash } = row
    const key = row.keyString()
    if (!this.#recorded.has(key)) this.#hashes.set(hash, (this.#hashes.get(hash) ?? 0) + 1)
    this.#recorded.set(key, { slots, limit: slots.reduce((highest, slot) => Math.max(highest, slot), -1) + 1 })
  }

  #forgetIfOrdinary(row: Row, slots: readonly number[]): void {
    if (slots.length > 1 || (slots.length === 1 && slots[0] !== 0)) return
    this.#recorded.delete(row.keyString())
    const { hash } = row
    const count = this.#hashes.get(hash) ?? 0
    if (count > 1) this.#hashes.set(hash, count - 1)
    else this.#hashes.delete(hash)
  }
}
