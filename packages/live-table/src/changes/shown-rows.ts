/** The ids of the rows that readers have seen. */
export class ShownRows {
  #flags = new Uint8Array(16)
  #size = 0

  get size(): number {
    return this.#size
  }

  get memory(): number {
    return this.#flags.byteLength
  }

  has(id: number): boolean {
    return this.#flags[id] === 1
  }

  set(id: number, shown: boolean): void {
    if (this.has(id) === shown) return
    if (id >= this.#flags.length) {
      const larger = new Uint8Array(Math.max(id + 1, this.#flags.length * 2))
      larger.set(this.#flags)
      this.#flags = larger
    }
    this.#flags[id] = shown ? 1 : 0
    this.#size += shown ? 1 : -1
  }
}
