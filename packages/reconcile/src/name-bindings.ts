import { unresolvedInterface } from './desired-entry.ts'

/** A desired entry that gives interfaces by name. */
export interface Bound<Wanted> {
  /** The entry as it was given. */
  readonly wanted: Wanted
  /** The names in it, and the index that each had when the entry was checked last. */
  readonly names: readonly string[]
  readonly indexes: readonly number[]
}

/** Which entries give which interfaces by name, so that they follow a name to the interface that has it. */
export class NameBindings<Wanted> {
  readonly #byId = new Map<number, Bound<Wanted>>()
  readonly #byName = new Map<string, Set<number>>()

  get size(): number {
    return this.#byId.size
  }

  ids(): readonly number[] {
    return [...this.#byId.keys()]
  }

  get(id: number): Bound<Wanted> | undefined {
    return this.#byId.size === 0 ? undefined : this.#byId.get(id)
  }

  set(id: number, bound: Bound<Wanted>): void {
    this.delete(id)
    this.#byId.set(id, bound)
    for (const name of bound.names) {
      const ids = this.#byName.get(name)
      if (ids === undefined) this.#byName.set(name, new Set([id]))
      else ids.add(id)
    }
  }

  delete(id: number): void {
    const bound = this.get(id)
    if (bound === undefined) return
    this.#byId.delete(id)
    for (const name of bound.names) {
      const ids = this.#byName.get(name)
      ids?.delete(id)
      if (ids?.size === 0) this.#byName.delete(name)
    }
  }

  boundTo(name: string): readonly number[] {
    return [...(this.#byName.get(name) ?? [])]
  }

  /** The first name in an entry that no interface had. */
  missing(id: number): string | undefined {
    const bound = this.get(id)
    if (bound === undefined) return undefined
    return bound.names[bound.indexes.indexOf(unresolvedInterface)]
  }
}
