import type { ResyncCause } from '../changes/change.ts'
import type { SourceListener } from '../changes/change-stream.ts'
import type { TableState } from '../definition.ts'
import { changeSource, type LiveTable } from '../live-table.ts'
import type { IncompletePart } from '../relist/incomplete-parts.ts'
import type { DerivedRows } from './derived-rows.ts'

/** Tables of the kernel from which a program derives others. Readers of those are told what readers of the tables are told. */
export class SourceTables {
  readonly #tables: readonly LiveTable<never>[]
  /** Resyncs that readers have still to be told of, each once. */
  readonly #resyncs = new Map<string, { readonly cause: ResyncCause; readonly reason: string }>()

  constructor(tables: readonly LiveTable<never>[]) {
    this.#tables = tables
  }

  /** `stale` while a table is, and until `derived` is called after its resync. */
  get state(): TableState {
    const isLive = this.#resyncs.size === 0 && this.#tables.every((table) => table.state === 'live')
    return isLive ? 'live' : 'stale'
  }

  /** Parts of all tables that the kernel's dumps do not show to the end, each with the name of its table. */
  get incomplete(): readonly IncompletePart[] {
    return this.#tables.flatMap(({ definition, incomplete }) =>
      incomplete.map((part) => ({ ...part, part: `${definition.name} ${part.part}` })),
    )
  }

  /**
   * Passes on what the tables tell from now on, until they are closed.
   * @param rows what is derived from the tables
   * @param resynced called when an invalid part of a table has been reread. What depends on it is to be derived, and then
   *   `derived` to be called
   */
  follow(rows: readonly Pick<DerivedRows<unknown>, 'incompleteChanged'>[], resynced: () => void): void {
    const listener: SourceListener = {
      resynced: (_rows, cause, reason) => {
        this.#resyncs.set(`${cause} ${reason}`, { cause, reason })
        resynced()
      },
      incomplete: () => {
        for (const each of rows) each.incompleteChanged()
      },
      end() {},
    }
    for (const table of this.#tables) table[changeSource]().streams.add(listener)
  }

  /** Tells the readers of all rows that changed by a resync. Called when all that depends on the tables has been derived. */
  derived(rows: readonly Pick<DerivedRows<unknown>, 'resynced'>[]): void {
    if (this.#resyncs.size === 0) return
    const resyncs = [...this.#resyncs.values()]
    this.#resyncs.clear()
    for (const each of rows) each.resynced(resyncs)
  }
}
