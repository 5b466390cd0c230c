import { onAbort, waits } from '@rtnl/netlink-core/internal'

/** Promises in a row that code may wait for before it calls the transport again; many more than it has. */
const mostPromises = 64

const nanosecondsOfMillisecond = 1e6

interface Timer {
  /** In the time of the recording, in nanoseconds. */
  readonly due: bigint
  pass(): void
}

/**
 * Has code of this process wait for the recording instead of the clock, so that each replay is the same: a turn of the event
 * loop passes before anything else happens, and a timer when the program can do nothing else. Nothing takes any time: how
 * long it does would decide what comes first, and a request may wait for the recording as long as that takes.
 */
export class ReplayedWaits {
  /** The time of the recording. */
  now = 0n
  readonly #original = { ...waits }
  #turns: (() => void)[] = []
  readonly #timers = new Set<Timer>()

  begin(): void {
    const begun = waits.now()
    waits.now = () => begun
    waits.turn = () => new Promise((resolve) => void this.#turns.push(resolve))
    waits.delay = (milliseconds, signal) => this.#delay(milliseconds, signal)
  }

  /** From now on the clock counts again. What waits goes on. */
  end(): void {
    Object.assign(waits, this.#original)
    this.#passTurns()
    while (this.passTimer()) {
      // Each timer that passes may set another one.
    }
  }

  /** Resolves when code has run that waits neither for messages nor for a timer. */
  async quiet(): Promise<void> {
    do {
      for (let count = 0; count < mostPromises; count++) await undefined
    } while (this.#passTurns())
  }

  /** Lets the timer pass that is due first. @returns whether there is one */
  passTimer(): boolean {
    let first: Timer | undefined
    for (const timer of this.#timers) if (first === undefined || timer.due < first.due) first = timer
    if (first === undefined) return false
    this.#timers.delete(first)
    first.pass()
    return true
  }

  #passTurns(): boolean {
    const turns = this.#turns
    this.#turns = []
    for (const pass of turns) pass()
    return turns.length > 0
  }

  #delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const due = this.now + BigInt(Math.round(milliseconds * nanosecondsOfMillisecond))
      let unobserve = (): void => {}
      const timer = {
        due,
        pass: () => {
          unobserve()
          resolve()
        },
      }
      this.#timers.add(timer)
      unobserve = onAbort(signal, () => {
        this.#timers.delete(timer)
        reject(signal?.reason)
      })
    })
  }
}
