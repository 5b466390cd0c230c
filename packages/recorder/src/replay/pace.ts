import { setTimeout } from 'node:timers/promises'

const nanosecondsOfMillisecond = 1e6

/** Keeps the pace of a recording, so many times as fast. */
export class Pace {
  readonly #speed: number
  readonly #begun = performance.now()
  readonly #first: bigint

  constructor(speed: number, first: bigint) {
    this.#speed = speed
    this.#first = first
  }

  /** Resolves when it is time for an event, or the signal is aborted. */
  async until(time: bigint, signal: AbortSignal | undefined): Promise<void> {
    const due = this.#begun + Number(time - this.#first) / nanosecondsOfMillisecond / this.#speed
    for (let left = due - performance.now(); left >= 1; left = due - performance.now()) {
      try {
        await setTimeout(Math.min(left, 0x7fffffff), undefined, { signal })
      } catch {
        return
      }
    }
  }
}
