/** How often entries came to differ from what is desired although the program wanted nothing else. */
export interface DriftCounters {
  /** Entries that others, or the kernel, changed or removed, or that others added where none is desired. */
  readonly found: number
  /** Those of them that were as desired again later. */
  readonly healed: number
}

/** Counts drift. An entry that is changed again before it is healed counts once. */
export class Drift implements DriftCounters {
  found = 0
  healed = 0
  readonly #keys = new Set<string>()

  /** Nothing differs of which this knows. */
  get isHealed(): boolean {
    return this.#keys.size === 0
  }

  find(key: string): void {
    if (this.#keys.has(key)) return
    this.#keys.add(key)
    this.found++
  }

  heal(key: string): void {
    if (this.#keys.delete(key)) this.healed++
  }

  /** Something else is desired under this key now. */
  forget(key: string): void {
    this.#keys.delete(key)
  }

  forgetAll(): void {
    this.#keys.clear()
  }
}
