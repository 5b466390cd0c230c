import { waits } from './waits.ts'

// Long enough to be efficient, short enough for a program that answers others meanwhile.
const sliceMilliseconds = 3
// Calls between two looks at the clock. At first each may take a hundred times as long, until a compiler has seen the code.
const usualCheck = 32

/** Lets the event loop run now and then during long work: `if (slice.over()) await slice.next()`. */
export class TimeSlice {
  readonly #checkEvery: number
  #count = 0
  #start = waits.now()

  /** @param checkEvery calls of `over` between two looks at the clock: 1 where what is done between them may take long */
  constructor(checkEvery = usualCheck) {
    this.#checkEvery = checkEvery
  }

  /** Whether a few milliseconds have passed since the event loop ran. Most calls only count, without a look at the clock. */
  over(): boolean {
    return ++this.#count % this.#checkEvery === 0 && waits.now() - this.#start > sliceMilliseconds
  }

  /** Resolves in another turn of the event loop. */
  async next(): Promise<void> {
    await waits.turn()
    this.restart()
  }

  /** The event loop has run by itself. */
  restart(): void {
    this.#count = 0
    this.#start = waits.now()
  }
}

/** Calls a function for each item, and lets the event loop run now and then: there may be very many. */
export async function inTurns<Item>(items: Iterable<Item>, each: (item: Item) => void): Promise<void> {
  const slice = new TimeSlice()
  for (const item of items) {
    each(item)
    if (slice.over()) await slice.next()
  }
}
