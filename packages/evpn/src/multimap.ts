/** Sets of values by key; a key without values is not there. */
export class Multimap<Key, Value> {
  readonly #sets = new Map<Key, Set<Value>>()

  /** How many keys there are. */
  get size(): number {
    return this.#sets.size
  }

  get(key: Key): ReadonlySet<Value> {
    return this.#sets.get(key) ?? (none as ReadonlySet<Value>)
  }

  has(key: Key): boolean {
    return this.#sets.has(key)
  }

  add(key: Key, value: Value): void {
    const set = this.#sets.get(key)
    if (set === undefined) this.#sets.set(key, new Set([value]))
    else set.add(value)
  }

  delete(key: Key, value: Value): void {
    const set = this.#sets.get(key)
    if (set?.delete(value) === true && set.size === 0) this.#sets.delete(key)
  }

  keys(): Iterable<Key> {
    return this.#sets.keys()
  }

  /** Each key with each of its values. */
  *pairs(): Generator<readonly [Key, Value], void, undefined> {
    for (const [key, values] of this.#sets) for (const value of values) yield [key, value]
  }
}

const none: ReadonlySet<never> = new Set()
