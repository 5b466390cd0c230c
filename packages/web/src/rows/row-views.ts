import type { ViewTable } from '../source.ts'
import { rowFilter } from './row-filter.ts'
import type { RowOrder } from './row-order.ts'
import { RowView } from './row-view.ts'

/** The most that are held: of more, the one that was asked for longest ago goes. */
const most = 16
/** Milliseconds after which one goes for which nobody asks. */
const idle = 60_000

interface Used {
  readonly view: RowView
  at: number
}

/** The views of tables that somebody looks at. They are looked through once for all who want the same. */
export class RowViews {
  readonly #views = new Map<ViewTable, Map<string, Used>>()
  readonly #timer: NodeJS.Timeout

  constructor() {
    this.#timer = setInterval(() => this.#forget(most), idle / 4).unref()
  }

  /**
   * The view of a table by a filter and an order.
   * @throws {UsageError} the filter cannot be read
   * @throws {ClosedError} the table is closed
   */
  of(table: ViewTable, filter: string, order: RowOrder): RowView {
    const now = Date.now()
    const name = `${order} ${filter}`
    const ofTable = this.#views.get(table)
    const used = ofTable?.get(name)
    if (used !== undefined && !used.view.hasEnded) {
      used.at = now
      return used.view
    }
    const test = rowFilter(filter, table)
    this.#forget(most - 1)
    const view = new RowView(table, test, order)
    this.#views.set(table, (this.#views.get(table) ?? new Map<string, Used>()).set(name, { view, at: now }))
    return view
  }

  /** Has all tables looked through anew for whoever asks next. */
  forget(): void {
    this.#forget(0)
  }

  /** Idempotent. Closes all. */
  close(): void {
    clearInterval(this.#timer)
    this.#forget(0)
  }

  /** @param left how many may stay at most */
  #forget(left: number): void {
    const now = Date.now()
    const all = [...this.#views].flatMap(([table, views]) => [...views].map(([name, used]) => ({ table, name, used })))
    all.sort((one, other) => other.used.at - one.used.at)
    for (const [place, { table, name, used }] of all.entries()) {
      if (place < left && now - used.at < idle && !used.view.hasEnded) continue
      used.view.close()
      const views = this.#views.get(table)
      views?.delete(name)
      if (views?.size === 0) this.#views.delete(table)
    }
  }
}
