/**
 * The times of a recording. What a program sees in one turn of the event loop, with nothing of its own in between, has one time;
 * times of turns differ. So a replay can give it the same turns, and the clock is read once a turn.
 */
export class TurnClock {
  readonly #origin = BigInt(Math.round(performance.timeOrigin * 1e6))
  #time = 0n
  #running = false

  /** Nanoseconds since 1970. */
  now(): bigint {
    if (this.#running) return this.#time
    this.#running = true
    queueMicrotask(() => {
      this.#running = false
    })
    const now = this.#origin + BigInt(Math.round(performance.now() * 1e6))
    this.#time = now > this.#time ? now : this.#time + 1n
    return this.#time
  }
}
