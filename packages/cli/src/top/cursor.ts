/**
 * The chosen line of a list whose lines come, go and move: the one with a key, as long as it is there, and otherwise the one
 * at its place.
 */
export class Cursor {
  #key: string | undefined
  #place = 0
  #start = 0

  /** @returns the place of the chosen line among lines with these keys; -1 if there are none */
  find(keys: readonly string[]): number {
    const found = this.#key === undefined ? -1 : keys.indexOf(this.#key)
    this.#place = found >= 0 ? found : Math.max(0, Math.min(this.#place, keys.length - 1))
    this.#key = keys[this.#place]
    return keys.length === 0 ? -1 : this.#place
  }

  /** Chooses the line so many lines further down. */
  move(lines: number): void {
    this.#place = Math.max(0, this.#place + lines)
    this.#key = undefined
  }

  /** Chooses the first line. */
  reset(): void {
    this.move(Number.NEGATIVE_INFINITY)
  }

  /** @returns the first line that is seen where so many are, with the chosen one among them */
  window(lines: number, height: number): number {
    const start = Math.min(Math.max(this.#start, this.#place - height + 1), this.#place)
    this.#start = Math.max(0, Math.min(start, lines - height))
    return this.#start
  }
}
