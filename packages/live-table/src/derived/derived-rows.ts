import { type Cause, type Change, sameValue } from '../changes/change.ts'
import type { RowIds } from '../store/table-rows.ts'
import { type DerivedLife, DerivedSource } from './derived-source.ts'

export interface DerivedRowsOptions<Entry, Stored> extends DerivedLife {
  /** As in change batches. */
  readonly name: string
  /** Makes the entry that readers see of what is stored. Default: it is stored as it is. */
  readonly show?: (stored: Stored) => Entry
}

/**
 * The rows of a table that a program derives from other tables. Whoever derives them writes here; `DerivedTable` is what
 * readers get. What is stored is never changed in place.
 */
export class DerivedRows<Entry, Stored = Entry> extends DerivedSource<Entry> {
  /** Which rows there are. */
  readonly store: RowIds
  readonly #ids = new Map<string, number>()
  readonly #stored: (Stored | undefined)[] = []
  readonly #keys: string[] = []
  readonly #free: number[] = []
  readonly #show: (stored: Stored) => Entry

  constructor({ name, show = (stored) => stored as unknown as Entry, ...life }: DerivedRowsOptions<Entry, Stored>) {
    super(name, life)
    this.#show = show
    const stored = this.#stored
    this.store = {
      get idLimit() {
        return stored.length
      },
      has: (id) => stored[id] !== undefined,
    }
  }

  /** How many rows there are. */
  get size(): number {
    return this.#ids.size
  }

  /** What is stored under a key. */
  get(key: string): Stored | undefined {
    const id = this.#ids.get(key)
    return id === undefined ? undefined : this.#stored[id]
  }

  /** What readers see under a key. */
  shown(key: string): Entry | undefined {
    const stored = this.get(key)
    return stored === undefined ? undefined : this.#show(stored)
  }

  /** All rows, as readers see them. */
  *entries(): Generator<Entry, void, undefined> {
    for (const stored of this.stored()) yield this.#show(stored)
  }

  /** All rows, as they are stored. */
  *stored(): Generator<Stored, void, undefined> {
    for (const stored of this.#stored) if (stored !== undefined) yield stored
  }

  /**
   * Stores an entry and publishes the difference. One that equals what was there changes nothing.
   * @param old what readers saw before, if `show` makes something else of it now
   * @returns whether it was a change
   */
  set(key: string, next: Stored, cause: Cause, old?: Entry): boolean {
    const known = this.#ids.get(key)
    const before = known === undefined ? undefined : this.#stored[known]
    if (known === undefined || before === undefined) {
      const id = this.#free.pop() ?? this.#stored.length
      this.#ids.set(key, id)
      this.#stored[id] = next
      this.#keys[id] = key
      this.#publish(id, key, cause, undefined, () => this.#show(next))
      return true
    }
    const isSame = old === undefined ? sameValue(before, next) : sameValue(old, this.#show(next))
    this.#stored[known] = next
    if (!isSame)
      this.#publish(
        known,
        key,
        cause,
        () => old ?? this.#show(before),
        () => this.#show(next),
      )
    return !isSame
  }

  /** @returns whether there was one @param old as of `set` */
  delete(key: string, cause: Cause, old?: Entry): boolean {
    const id = this.#ids.get(key)
    const before = id === undefined ? undefined : this.#stored[id]
    if (id === undefined || before === undefined) return false
    this.#ids.delete(key)
    this.#stored[id] = undefined
    this.#free.push(id)
    this.#publish(id, key, cause, () => old ?? this.#show(before), undefined)
    return true
  }

  /** A row, as a change that added it. */
  added(id: number): Change<Entry> | undefined {
    const stored = this.#stored[id]
    return stored === undefined ? undefined : { kind: 'added', key: this.#keys[id] ?? '', entry: this.#show(stored) }
  }

  #publish(
    id: number,
    key: string,
    cause: Cause,
    old: (() => Entry) | undefined,
    next: (() => Entry) | undefined,
  ): void {
    if (this.isWanted(cause)) this.publish(id, key, cause, old?.(), next?.())
  }
}
