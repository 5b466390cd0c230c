import { performance } from 'node:perf_hooks'

/** How many are looked at between two looks at the clock. */
const stride = 64

/**
 * Looks through something large a few milliseconds at a time, and again from the start when told to. Until a pass is
 * complete the result is that of the pass before.
 */
export class Scan<Thing> {
  readonly #things: () => Iterable<Thing | undefined>
  readonly #limit: number
  #pass: Iterator<Thing | undefined> | undefined
  #found: Thing[] = []
  #result: readonly Thing[] | undefined
  #isCut = false

  /**
   * @param things those that are wanted, and `undefined` for each that is not
   * @param limit the most that are held; a pass ends there
   */
  constructor(things: () => Iterable<Thing | undefined>, limit: number) {
    this.#things = things
    this.#limit = limit
  }

  /** What was found. */
  get result(): readonly Thing[] {
    return this.#result ?? this.#found
  }

  /** Whether there may be more than was found. */
  get isCut(): boolean {
    return this.#isCut || this.#result === undefined
  }

  get isRunning(): boolean {
    return this.#pass !== undefined
  }

  /** Begins a pass. */
  begin(): void {
    this.#pass = this.#things()[Symbol.iterator]()
    this.#found = []
  }

  /** Goes on for some milliseconds, or to the end of the pass. */
  advance(milliseconds: number): void {
    const end = performance.now() + milliseconds
    for (let looked = 1; this.#pass !== undefined; looked++) {
      const next = this.#pass.next()
      const isFull = this.#found.length === this.#limit
      if (next.done === true || isFull) {
        this.#result = this.#found
        this.#isCut = isFull && next.done !== true
        this.#pass = undefined
      } else if (next.value !== undefined) this.#found.push(next.value)
      if (looked % stride === 0 && performance.now() > end) return
    }
  }
}
