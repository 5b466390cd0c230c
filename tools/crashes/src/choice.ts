/** Chooses; always the same for a seed. */
export class Choice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number below a limit. */
  below(limit: number): number {
    // A linear congruence modulo 2^32, of which the upper bits are the better ones.
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }
}
