import type { EntryRows } from './entry-rows.ts'

/** After so many rows in another order few are tried. */
const mostAstray = 16
const tryEvery = 64

/**
 * Finds rows that are looked for in the order in which the table has them, without their keys: the next one is tried first. Desired
 * entries are often sorted, and so is what the kernel dumps.
 */
export class NextRow<Entry> {
  readonly #rows: EntryRows<Entry>
  #next = 0
  /** The number of times in a row that the next one was another one. */
  #astray = 0

  /** @param rows rows whose keys are read from their messages, so that equal messages have equal keys */
  constructor(rows: EntryRows<Entry>) {
    this.#rows = rows
  }

  /** Whether the next row has the same content as a row of others. */
  is(others: EntryRows<Entry>, id: number): boolean {
    if (this.#astray >= mostAstray && id % tryEvery !== 0) return false
    const next = this.#next
    const { store } = this.#rows
    if (store.has(next) && store.slot(next) === 0 && this.#rows.isEquivalent(next, others, id)) {
      this.#next++
      this.#astray = 0
      return true
    }
    this.#astray++
    return false
  }

  /** A row was found by its key. */
  found(id: number): void {
    this.#next = id + 1
  }
}
