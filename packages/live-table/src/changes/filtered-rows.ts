import { surface, TimeSlice } from '@rtnl/netlink-core'
import type { RowStore } from '../store/row-store.ts'
import type { ChangeSubscriber, FollowedRows, ReadableRows, TableRows } from '../store/table-rows.ts'
import { type Cause, type Change, changeOf } from './change.ts'
import { ShownRows } from './shown-rows.ts'

/** The rows of a table of which one of its readers is shown some: the others are in memory all the same. */
export class FilteredRows<Entry> implements ReadableRows<Entry>, ChangeSubscriber {
  readonly name: string
  readonly store: RowStore
  readonly subscribers = new Set<ChangeSubscriber>()
  readonly #rows: TableRows<Entry>
  readonly #shows: (entry: Entry) => boolean
  /** What `shows` said of the rows when it was asked last: it may come to say otherwise. */
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
   * Asks again of every row whether it is shown, and tells readers of those of which it is now or is no longer. Rows that
   * are written meanwhile are asked about then.
   */
  async reselect(): Promise<void> {
    const { store } = this
    // An observer that asks for it is told of a change before this is, and the change is told first.
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
    if (old !== undefined || next !== undefined) this.#tell(id, cause, changeOf(key, old, next))
  }

  /** The rows may change from now on, and nobody is told. */
  end(): void {
    this.#rows.subscribers.delete(this)
  }

  /** Flags of rows that go and come unheard of would be those of others. */
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
    this.#tell(id, 'inferred', { kind: after ? 'added' : 'removed', key, entry })
  }

  #tell(id: number, cause: Cause, change: Change<Entry>): void {
    for (const subscriber of this.subscribers) subscriber.changed(this, id, cause, change)
  }

  /** A predicate that throws does not know the entry: it is not shown. */
  #isToBeShown(entry: Entry): boolean {
    try {
      return this.#shows(entry) !== false
    } catch (error) {
      surface(error)
      return false
    }
  }
}
