import type { Dependencies } from './dependencies.ts'
import type { Need } from './dependency.ts'

/** Which keys wait for what: a key may wait for several things, and very many keys for the same. */
export class WaitingList {
  readonly #dependencies: Pick<Dependencies, 'watch' | 'unwatch'>
  readonly #byNeed = new Map<Need, Set<string>>()
  readonly #byKey = new Map<string, readonly Need[]>()

  constructor(dependencies: Pick<Dependencies, 'watch' | 'unwatch'>) {
    this.#dependencies = dependencies
  }

  /** Needs of a key, in the order in which they were given. */
  needs(key: string): readonly Need[] {
    return this.#byKey.get(key) ?? []
  }

  set(key: string, needs: readonly Need[]): void {
    const before = this.#byKey.get(key)
    if (before !== undefined) {
      if (before.length === needs.length && before.every((need, place) => need === needs[place])) return
      this.delete(key)
    }
    if (needs.length === 0) return
    this.#byKey.set(key, needs)
    for (const need of needs) {
      const keys = this.#byNeed.get(need)
      if (keys !== undefined) keys.add(key)
      else {
        this.#byNeed.set(need, new Set([key]))
        this.#dependencies.watch(need)
      }
    }
  }

  delete(key: string): void {
    const needs = this.#byKey.get(key)
    if (needs === undefined) return
    this.#byKey.delete(key)
    for (const need of needs) {
      const keys = this.#byNeed.get(need)
      keys?.delete(key)
      if (keys?.size !== 0) continue
      this.#byNeed.delete(need)
      this.#dependencies.unwatch(need)
    }
  }

  /** Whether any key waits for a thing. */
  has(need: Need): boolean {
    return this.#byNeed.has(need)
  }

  /** Keys that wait for a thing. */
  keysOf(need: Need): Iterable<string> {
    return this.#byNeed.get(need) ?? []
  }
}
