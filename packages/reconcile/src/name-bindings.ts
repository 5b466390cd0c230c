import { type NormalizeContext, unresolvedInterface } from './desired-entry.ts'
import type { ReconcileRules } from './rules.ts'

/** A desired entry that gives interfaces by name. */
export interface Bound<Wanted> {
  /** The entry as it was given. */
  readonly wanted: Wanted
  /** The names in it, and the index that each had when the entry was checked last. */
  readonly names: readonly string[]
  readonly indexes: readonly number[]
}

/** An entry in its normal form, and what it gives by name. */
export interface Normalized<Entry, Wanted> {
  readonly entry: Entry
  readonly bound: Bound<Wanted> | undefined
}

/** Normalizes an entry, and notes the names of interfaces that are looked up meanwhile. */
export function normalizeBound<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  wanted: Wanted,
  context: NormalizeContext,
): Normalized<Entry, Wanted> {
  let bound: { wanted: Wanted; names: string[]; indexes: number[] } | undefined
  const entry = rules.normalize(wanted, {
    ifindex: (name) => {
      const ifindex = context.ifindex(name)
      bound ??= { wanted, names: [], indexes: [] }
      bound.names.push(name)
      bound.indexes.push(ifindex)
      return ifindex
    },
  })
  return { entry, bound }
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
