import { clearTimeout, setTimeout } from 'node:timers'
import type { Notifier } from '@rtnl/notifier'

interface Run {
  readonly begin: number
  /** Milliseconds that it took; `undefined` while it runs, and where the notifier was closed. */
  took: number | undefined
  readonly ended: Promise<void>
}

/** Measures how long the sinks of a notifier wait for what is queued in the kernel. */
export class LagProbe {
  readonly #notifier: Notifier
  #running: Run | undefined

  constructor(notifier: Notifier) {
    this.#notifier = notifier
  }

  /**
   * @param patience milliseconds to wait for the measurement. The next call goes on waiting for the same one
   * @returns seconds; those that have passed so far, if it has not ended; `undefined` if the notifier is closed
   */
  async measure(patience: number): Promise<number | undefined> {
    this.#running ??= this.#start()
    const run = this.#running
    let timer: ReturnType<typeof setTimeout> | undefined
    await Promise.race([
      run.ended,
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patience)
      }),
    ])
    clearTimeout(timer)
    if (this.#notifier.closed) return undefined
    // A timer may be due a fraction of a millisecond early.
    return (run.took ?? Math.max(performance.now() - run.begin, patience)) / 1000
  }

  #start(): Run {
    const begin = performance.now()
    // An error means that the notifier is closed, or its socket broken, of which its tables are told.
    const ended = this.#notifier
      .fence()
      .then(() => {
        run.took = performance.now() - begin
      })
      .catch(() => {})
      .finally(() => {
        this.#running = undefined
      })
    const run: Run = { begin, took: undefined, ended }
    return run
  }
}
