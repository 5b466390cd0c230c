/** The keys that a controller has to compare, each once, with an entry that has it; or everything. */
export class WorkQueue<Entry> {
  #keys = new Map<string, Entry>()
  #everything = true

  get isEmpty(): boolean {
    return this.#keys.size === 0 && !this.#everything
  }

  add(key: string, entry: Entry): void {
    this.#keys.set(key, entry)
  }

  addEverything(): void {
    this.#everything = true
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  /** Empties the queue. Returns the keys, or `undefined` for everything, which includes all keys. */
  take(): Map<string, Entry> | undefined {
    if (this.#everything) {
      this.#everything = false
      this.#keys = new Map()
      return undefined
    }
    const keys = this.#keys
    this.#keys = new Map()
    return keys
  }
}
