/** How long the event loop was held at a time, in seconds. */
export interface LoopHolds {
  readonly longestHold: number
  /** 99.9 % of the times between two turns of the timer are no longer than this. */
  readonly usualHold: number
}

/** Milliseconds between two turns of the timer of a loop that is free. */
const interval = 1

/** Finds for how long the event loop is held, with a timer of a millisecond. */
export class LoopHold {
  readonly #timer: ReturnType<typeof setInterval>
  readonly #holds: number[] = []
  #last = performance.now()

  private constructor() {
    this.#timer = setInterval(() => this.#look(), interval)
  }

  /** Resolves in a turn of the event loop of its own, so that what was done before does not count. */
  static async start(): Promise<LoopHold> {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return new LoopHold()
  }

  /** @returns at least the times between two turns of the timer */
  stop(): LoopHolds {
    clearInterval(this.#timer)
    this.#look()
    const sorted = this.#holds.sort((a, b) => a - b)
    const at = (part: number): number => (sorted[Math.ceil(part * sorted.length) - 1] ?? 0) / 1000
    return { longestHold: at(1), usualHold: at(0.999) }
  }

  #look(): void {
    const now = performance.now()
    this.#holds.push(now - this.#last)
    this.#last = now
  }
}
