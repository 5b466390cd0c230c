/** Finds the longest time for which the event loop was held, with a timer of a millisecond. */
export class LoopHold {
  readonly #timer: ReturnType<typeof setInterval>
  #last = performance.now()
  #longest = 0

  private constructor() {
    this.#timer = setInterval(() => this.#look(), 1)
  }

  /** Resolves in a turn of the event loop of its own, so that what was done before does not count. */
  static async start(): Promise<LoopHold> {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return new LoopHold()
  }

  /** @returns seconds, at least those between two turns of the timer */
  stop(): number {
    clearInterval(this.#timer)
    this.#look()
    return this.#longest / 1000
  }

  #look(): void {
    const now = performance.now()
    this.#longest = Math.max(this.#longest, now - this.#last)
    this.#last = now
  }
}
