import { surface, TimeSlice } from '@rtnl/netlink-core'
import type { RowStore } from '../store/row-store.ts'
import type { ChangeSubscriber, FollowedRows, ReadableRows, TableRows } from '../store/table-rows.ts'
import { type Cause, type Change, changeOf } from './change.ts'
import { ShownRows } from './shown-rows.ts'

/** The rows of a table that one of its readers is shown. The table holds the others too. */
export class FilteredRows<Entry> implements ReadableRows<Entry>, ChangeSubscriber {
  readonly name: string
  readonly store: RowStore
  readonly subscribers = new Set<ChangeSubscriber>()
  readonly #rows: TableRows<Entry>
  readonly #shows: (entry: Entry) => boolean
  /** The last result of `shows` for each row. The predicate may later decide differently. */
  readonly #shown = new ShownRows()

  constructor(rows: TableRows<Entry>, shows: (entry: Entry) => boolean) {
    this.name = rows.name
    this.store = rows.store
    this.#rows = rows
    this.#shows = shows
    rows.subscribers.add(this)
  }

  get size(): number {
    return this.#shown.size
  }

  get memory(): number {
    return this.#rows.memory + this.#shown.memory
  }

  isShown(id: number): boolean {
    return this.#isFollowing ? this.#shown.has(id) : this.#isToBeShown(this.#rows.entry(id))
  }

  shown(id: number): Entry | undefined {
    return this.isShown(id) ? this.#rows.entry(id) : undefined
  }

  added(id: number): Change<Entry> | undefined {
    return this.isShown(id) ? this.#rows.added(id) : undefined
  }

  /**
   * Calls `shows` for every row again, and publishes a change for each row whose result differs. Rows that are written
   * meanwhile are decided when they are written.
   */
  async reselect(): Promise<void> {
    const { store } = this
    // An observer that calls this runs before the subscribers get the change. They must get it before the reselection.
    await Promise.resolve()
    const slice = new TimeSlice()
    for (let id = 0; id < store.idLimit && this.#isFollowing; id++) {
      if (store.has(id)) this.#select(id)
      if (slice.over()) await slice.next()
    }
  }

  changed(_rows: FollowedRows, id: number, cause: Cause, change: Change<unknown>): void {
    const { kind, key, entry, ...rest } = change as Change<Entry> & { readonly old?: Entry }
    const next = kind !== 'removed' && this.#isToBeShown(entry) ? entry : undefined
    const old = this.#shown.has(id) ? (kind === 'removed' ? entry : rest.old) : undefined
    this.#shown.set(id, next !== undefined)
    if (old !== undefined || next !== undefined) this.#publish(id, cause, changeOf(key, old, next))
  }

  /** Stops following the rows: their further changes are not published. */
  end(): void {
    this.#rows.subscribers.delete(this)
  }

  /** After `end` ids are used again for other rows, so the flags in `#shown` mean nothing. */
  get #isFollowing(): boolean {
    return this.#rows.subscribers.has(this)
  }

  #select(id: number): void {
    const entry = this.#rows.entry(id)
    const after = this.#isToBeShown(entry)
    if (this.#shown.has(id) === after) return
    this.#shown.set(id, after)
    if (this.subscribers.size === 0) return
    const { key } = this.#rows.added(id)
    this.#publish(id, 'inferred', { kind: after ? 'added' : 'removed', key, entry })
  }

  #publish(id: number, cause: Cause, change: Change<Entry>): void {
    for (const subscriber of this.subscribers) subscriber.changed(this, id, cause, change)
  }

  /** If the predicate throws, the error surfaces and the entry is not shown. */
  #isToBeShown(entry: Entry): boolean {
    try {
      return this.#shows(entry) !== false
    } catch (error) {
      surface(error)
      return false
    }
  }
}
