import type { Cause } from '@rtnl/live-table'
import type { ChangeSource, ChangeSubscriber, FollowedRows } from '@rtnl/live-table/internal'
import { surface, TimeSlice } from '@rtnl/netlink-core'
import type { ViewTable } from '../source.ts'
import { OrderedIds } from './ordered-ids.ts'
import type { RowFilter } from './row-filter.ts'
import { nameKey, type RowOrder } from './row-order.ts'
import { rowSource } from './row-source.ts'

/** A row of a window. */
interface WindowRow {
  /** Where the table has it, for as long as it is there. */
  readonly id: number
  readonly key: string
  readonly entry: unknown
}

/** A part of the rows of a view. */
export interface RowWindow {
  /** How many rows match, as far as the table has been looked through. */
  readonly total: number
  readonly rows: readonly WindowRow[]
  /** Whether the whole table has been looked through, with all that has changed in it. */
  readonly isComplete: boolean
}

/** How long a window is waited for while a large table is looked through, in milliseconds. */
const patience = 100

/**
 * The rows of a table that match a filter, in an order. The view looks through the table once, a few milliseconds at a time,
 * and after that at what has changed. It holds a number for each row, and where rows are ordered by name their names.
 */
export class RowView implements ChangeSubscriber {
  readonly #table: ViewTable
  readonly #source: ChangeSource
  readonly #rows: FollowedRows
  readonly #filter: RowFilter | undefined
  readonly #order: RowOrder
  readonly #ids: OrderedIds
  /** By what the ids are in order; the ids themselves in the order of the table. */
  readonly #keys = new Map<number, string | number>()
  /** Rows that changed since they were looked at, and when they did: the last one has the highest number. */
  readonly #changed = new Map<number, number>()
  #changes = 0
  /** The rows with smaller ids have been looked at. */
  #next = 0
  #looking: Promise<void> | undefined
  #isClosed = false

  /** @throws {ClosedError} the table is closed */
  constructor(table: ViewTable, filter: RowFilter | undefined, order: RowOrder) {
    this.#table = table
    this.#source = rowSource(table)
    this.#rows = this.#source.rows
    this.#filter = filter
    this.#order = order
    this.#ids = new OrderedIds(
      order === 'table' ? (one, other) => one - other : (one, other) => this.#compare(one, other),
    )
    this.#rows.subscribers.add(this)
  }

  /** Whether the table is closed, so that nothing more changes. */
  get hasEnded(): boolean {
    return this.#source.ended !== undefined
  }

  changed(_rows: FollowedRows, id: number, _cause: Cause): void {
    this.#changes++
    if (id < this.#next || this.#order === 'latest') this.#changed.set(id, this.#changes)
  }

  /** The rows from a place on, as they are when the promise resolves. */
  async window(offset: number, limit: number): Promise<RowWindow> {
    await this.#look()
    const rows = this.#ids.window(offset, limit).flatMap((id): WindowRow | [] => {
      // It may have gone since.
      const { key, entry } = (this.#rows.store.has(id) ? this.#rows.added(id) : undefined) ?? {}
      return key === undefined ? [] : { id, key, entry }
    })
    // A view that was closed meanwhile has looked at a part only.
    return { total: this.#ids.size, rows, isComplete: this.#isComplete && !this.#isClosed }
  }

  /** Idempotent. Follows the table no more. */
  close(): void {
    this.#rows.subscribers.delete(this)
    this.#isClosed = true
    this.#next = Number.POSITIVE_INFINITY
    this.#changed.clear()
  }

  get #isComplete(): boolean {
    return this.#next >= this.#rows.store.idLimit && this.#changed.size === 0
  }

  /** Resolves once everything has been looked at, or after a while. */
  async #look(): Promise<void> {
    if (this.#isComplete) return
    this.#looking ??= this.#lookThrough().finally(() => {
      this.#looking = undefined
    })
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      this.#looking,
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patience)
      }),
    ])
    clearTimeout(timer)
  }

  async #lookThrough(): Promise<void> {
    const slice = new TimeSlice()
    while (!this.#isComplete) {
      for (const [id, at] of this.#changed) {
        this.#changed.delete(id)
        this.#decide(id, at)
        if (slice.over()) await slice.next()
      }
      for (; this.#next < this.#rows.store.idLimit; this.#next++) {
        if (!this.#keys.has(this.#next)) this.#decide(this.#next, undefined)
        if (slice.over()) await slice.next()
      }
    }
  }

  /** @param at when it changed; `undefined`: not since the view follows the table */
  #decide(id: number, at: number | undefined): void {
    this.#ids.delete(id)
    this.#keys.delete(id)
    if (!this.#rows.store.has(id)) return
    const isPlain = this.#filter === undefined && this.#order !== 'name'
    const entry = isPlain ? undefined : this.#rows.added(id)?.entry
    if (!isPlain && (entry === undefined || !this.#isWanted(entry))) return
    // Those that changed come first, the last one at the head.
    if (this.#order === 'latest') this.#keys.set(id, at === undefined ? id : -at)
    if (this.#order === 'name') this.#keys.set(id, nameKey(this.#table, entry))
    this.#ids.add(id)
  }

  #isWanted(entry: unknown): boolean {
    try {
      return this.#filter?.(entry) ?? true
    } catch (error) {
      surface(error)
      return false
    }
  }

  #compare(one: number, other: number): number {
    const first = this.#keys.get(one)
    const second = this.#keys.get(other)
    if (first === second || first === undefined || second === undefined) return one - other
    return first < second ? -1 : 1
  }
}
