import type { Expectation, Observer } from './changes/observer.ts'
import { type LiveTable, tableHandle } from './live-table.ts'
import type { Comparison } from './reflector.ts'
import type { EntryRows } from './store/entry-rows.ts'
import type { NextRow } from './store/next-row.ts'
import type { Row } from './store/row.ts'
import type { TableHandle } from './table-handle.ts'

/**
 * Access to the rows of a table, for a program that has very many rows of its own. It decodes nothing. Who compares rows in two
 * orders takes an access for each: rows that come in the order of the table are found without a lookup.
 */
export class RowAccess<Entry> {
  readonly #handle: TableHandle<Entry>
  readonly #nextRow: NextRow<Entry> | undefined
  readonly #row: Row

  constructor(handle: TableHandle<Entry>) {
    this.#handle = handle
    this.#nextRow = handle.reflector.nextRow()
    this.#row = handle.reflector.rows.newRow()
  }

  /**
   * The entry under a key that is given by its words, as `RowDraft.key` has them behind `prepare`. Not for tables in which a key
   * names a list.
   */
  entryAt(key: Int32Array): Entry | undefined {
    const row = this.#row
    row.words.set(key)
    row.updateHash()
    const { rows } = this.#handle
    const id = rows.store.find(row)
    return id < 0 ? undefined : rows.shown(id)
  }

  /** Compares a row of `others` with the row of the table that has the same key. */
  compare(others: EntryRows<Entry>, id: number): Comparison {
    return this.#handle.reflector.compare(others, id, this.#nextRow)
  }

  /**
   * Iterates over the rows in an order that suits their removal: blocks of neighbouring rows, far apart from each other. In
   * the order of their keys the kernel takes quadratic time to remove many routes. Otherwise like iteration.
   * @param look is called with the rows and the id of each
   * @returns the results of `look`
   */
  *inRemovalOrder<Found>(look: (rows: EntryRows<Entry>, id: number) => Found): Generator<Found, void, undefined> {
    const { rows } = this.#handle.reflector
    const limit = rows.store.idLimit
    const blocks = Math.ceil(limit / removalBlock)
    // A step that is coprime to the number of blocks reaches each block once.
    let step = Math.max(1, Math.floor(blocks * 0.618))
    while (commonDivisor(step, blocks) > 1) step++
    for (let turn = 0, block = 0; turn < blocks; turn++, block = (block + step) % blocks) {
      const first = block * removalBlock
      for (let id = Math.min(first + removalBlock, limit) - 1; id >= first; id--) {
        if (rows.store.has(id) && this.#handle.rows.isShown(id)) yield look(rows, id)
      }
    }
  }

  /**
   * Like `LiveTable.observe`, without the calls for rows that the observer expects.
   * @param expected whether the observer needs no call for a row that was added or changed, decided by the words of the row.
   *   The table then does not decode the entry for this observer. Removals always reach the observer
   */
  observe(observer: Observer<Entry>, expected: Expectation): () => void {
    return this.#handle.observe(observer, expected)
  }
}

/** Gives access to the rows of a table. */
export function rowAccess<Entry>(table: LiveTable<Entry>): RowAccess<Entry> {
  return new RowAccess(table[tableHandle]())
}

/** Rows in a block. The kernel removes 256 neighbouring prefixes faster than as many far apart; blocks of 4096 are slower. */
const removalBlock = 256

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}
