import type { EntryRows, LiveTable, RowSelection } from '@rtnl/live-table'
import { hasField } from './row-fields.ts'

/** Requests that may be in flight, and as many again until what they did has been told. */
const mostUntold = 2048

/**
 * Wanted entries that were written. Whether the kernel shows them is looked at while others are on their way: then the
 * kernel is what one waits for, and afterwards it would be us.
 */
export class Written<Entry> {
  readonly #table: LiveTable<Entry>
  readonly rows: EntryRows<Entry>
  readonly #unannounced: RowSelection<Entry> | undefined
  /** Ids; of those that took the place of another, the complement (`~id`). */
  readonly #ids: number[] = []
  /** How many of them were looked at, and those of which nothing was to be seen. */
  #looked = 0
  readonly #unseen: number[] = []
  /** Ids of the first entries under the keys of which it is known that one of somebody else is in the way. */
  readonly #obstructed = new Set<number>()
  /** Whether the kernel does not announce all of them: the table has to be read to show them. */
  needsReading = false

  /** @param unannounced fields of entries that the kernel does not announce */
  constructor(table: LiveTable<Entry>, rows: EntryRows<Entry>, unannounced: RowSelection<Entry> | undefined) {
    this.#table = table
    this.rows = rows
    this.#unannounced = unannounced
  }

  /** @param replaces whether it takes the place of another */
  add(id: number, replaces: boolean): void {
    this.#ids.push(replaces ? ~id : id)
    this.needsReading ||= hasField(this.#unannounced, this.rows, id)
    if (this.#ids.length - this.#looked <= mostUntold) return
    const earlier = idOf(this.#ids[this.#looked++]!)
    if (!this.shows(earlier)) this.#unseen.push(earlier)
  }

  /** Whether the kernel shows an entry as it is wanted, or it is not wanted any more. */
  shows(id: number): boolean {
    return !this.rows.store.has(id) || this.#table.compare(this.rows, id) === 'same'
  }

  *all(): Generator<number, void, undefined> {
    for (const place of this.#ids) yield idOf(place)
  }

  /** One of somebody else is in the way of the entries with the key of this one. @returns whether that is news */
  obstructed(first: number): boolean {
    if (this.#obstructed.has(first)) return false
    this.#obstructed.add(first)
    return true
  }

  /** How each was written last. */
  actions(): ReadonlyMap<number, 'add' | 'replace'> {
    return new Map(this.#ids.map((place) => [idOf(place), place < 0 ? 'replace' : 'add']))
  }

  /** Those that the kernel was not seen to show. */
  *unseen(): Generator<number, void, undefined> {
    yield* this.#unseen
    for (let place = this.#looked; place < this.#ids.length; place++) yield idOf(this.#ids[place]!)
  }
}

function idOf(place: number): number {
  return place < 0 ? ~place : place
}
