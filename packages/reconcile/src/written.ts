import type { EntryRows, RowAccess, RowSelection } from '@rtnl/live-table/internal'
import { hasField } from './row-fields.ts'

/** Twice the number of requests in flight: by then the table has received the notifications about the earlier half. */
const mostUnchecked = 2048
/** Entries that are checked one after the other: each time the rows that were read last are others. */
const checkedTogether = 256

/**
 * Desired entries that were written. Whether the kernel shows an entry is checked while later requests are in flight: that
 * time would otherwise be spent waiting for the kernel.
 */
export class Written<Entry> {
  readonly #table: RowAccess<Entry>
  readonly rows: EntryRows<Entry>
  readonly #unannounced: RowSelection<Entry> | undefined
  /** Ids. The id of an entry that replaced another one is stored as its complement (`~id`). */
  readonly #ids: number[] = []
  /** How many of them were checked, and those that the table did not show. */
  #looked = 0
  readonly #unseen: number[] = []
  /** Keys with an entry of somebody else in the way, by the id of the first desired entry under the key. */
  readonly #obstructed = new Set<number>()
  /** Whether the kernel does not announce all of them. The table then has to be reread to show them. */
  needsReading = false

  /** @param unannounced fields of entries that the kernel does not announce */
  constructor(table: RowAccess<Entry>, rows: EntryRows<Entry>, unannounced: RowSelection<Entry> | undefined) {
    this.#table = table
    this.rows = rows
    this.#unannounced = unannounced
  }

  /** @param replaces whether it replaces another entry */
  add(id: number, replaces: boolean): void {
    this.#ids.push(replaces ? ~id : id)
    this.needsReading ||= hasField(this.#unannounced, this.rows, id)
    if (this.#ids.length - this.#looked < mostUnchecked + checkedTogether) return
    for (const end = this.#looked + checkedTogether; this.#looked < end; this.#looked++) {
      const earlier = idOf(this.#ids[this.#looked]!)
      if (!this.shows(earlier)) this.#unseen.push(earlier)
    }
  }

  /** Whether the table shows an entry as it is desired, or the entry is not desired any more. */
  shows(id: number): boolean {
    return !this.rows.store.has(id) || this.#table.compare(this.rows, id) === 'same'
  }

  *all(): Generator<number, void, undefined> {
    for (const place of this.#ids) yield idOf(place)
  }

  /** Notes that an entry of somebody else is in the way of the entries with this key. @returns whether that is new */
  obstructed(first: number): boolean {
    if (this.#obstructed.has(first)) return false
    this.#obstructed.add(first)
    return true
  }

  /** How each was written last. */
  actions(): ReadonlyMap<number, 'add' | 'replace'> {
    return new Map(this.#ids.map((place) => [idOf(place), place < 0 ? 'replace' : 'add']))
  }

  /** The entries that the table did not show when they were checked, and those that were not checked. */
  *unseen(): Generator<number, void, undefined> {
    yield* this.#unseen
    for (let place = this.#looked; place < this.#ids.length; place++) yield idOf(this.#ids[place]!)
  }
}

function idOf(place: number): number {
  return place < 0 ? ~place : place
}
