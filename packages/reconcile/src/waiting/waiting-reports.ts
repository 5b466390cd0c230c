import type { Cause } from './causes.ts'

/** Milliseconds between two calls of `onWaiting`. */
const interval = 1000

interface CauseSource<Entry> {
  readonly causes: Cause<Entry>[]
  /** Changes with the causes. */
  readonly version: number
}

/** Calls `onWaiting` when what entries wait for has changed, at most once a second. */
export class WaitingReports<Entry> {
  readonly #source: CauseSource<Entry>
  readonly #onWaiting: ((causes: readonly Cause<Entry>[]) => void) | undefined
  readonly #failed: (thrown: unknown) => void
  #version = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  /** @param failed takes what `onWaiting` throws where it is called later */
  constructor(
    source: CauseSource<Entry>,
    onWaiting: ((causes: readonly Cause<Entry>[]) => void) | undefined,
    failed: (thrown: unknown) => void,
  ) {
    this.#source = source
    this.#onWaiting = onWaiting
    this.#failed = failed
  }

  /** Reports now, or when a second has passed since the last report. */
  update(): void {
    if (this.#onWaiting === undefined || this.#timer !== undefined || this.#closed) return
    if (this.#source.version === this.#version) return
    this.#version = this.#source.version
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      try {
        this.update()
      } catch (thrown) {
        this.#failed(thrown)
      }
    }, interval)
    this.#onWaiting(this.#source.causes)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }
}
