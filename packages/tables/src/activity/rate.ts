/** How many seconds are remembered. */
export const rememberedSeconds = 60

/** Over how many seconds a rate is taken, so that it can be read. */
const ratedSeconds = 5

/** How often something happened, second by second, in the last minute. */
export class Rate {
  readonly #counts = new Uint32Array(rememberedSeconds)
  #second = 0

  /** @param now milliseconds since 1970 */
  add(count: number, now: number): void {
    this.#advance(now)
    this.#counts[this.#second % rememberedSeconds]! += count
  }

  /** How often in each of the last seconds; the last one is not over yet. */
  series(now: number): number[] {
    this.#advance(now)
    return Array.from(this.#counts, (_, place) => this.#counts[(this.#second + 1 + place) % rememberedSeconds]!)
  }

  /** How often in a second, by the last five that are over. */
  perSecond(now: number): number {
    const over = this.series(now).slice(-1 - ratedSeconds, -1)
    return over.reduce((sum, count) => sum + count, 0) / ratedSeconds
  }

  #advance(now: number): void {
    // The clock may be set back.
    const second = Math.max(this.#second, Math.floor(now / 1000))
    const passed = second - this.#second
    for (let step = 1; step <= Math.min(passed, rememberedSeconds); step++) {
      this.#counts[(this.#second + step) % rememberedSeconds] = 0
    }
    this.#second = second
  }
}
