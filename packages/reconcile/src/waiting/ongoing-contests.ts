import type { ContestedError } from '../errors.ts'

/** A contest that was told. */
export interface OngoingContest<Entry> {
  readonly entry: Entry
  readonly error: ContestedError
}

/** Milliseconds between two looks at which contests are over. */
const interval = 1000

/**
 * Contests under way, by key, so that each is told once when it begins and once when it is over, and not at each attempt in
 * between: who the other one is stays what it was at the beginning.
 */
export class OngoingContests<Entry> {
  readonly #contests = new Map<string, OngoingContest<Entry>>()
  readonly #overAt: (key: string) => number
  /** When it is to be looked again which are over, of the clock `performance.now`; `Infinity` if there is none. */
  next = Number.POSITIVE_INFINITY

  /** @param overAt when the contest of a key is over if nobody undoes anything any more */
  constructor(overAt: (key: string) => number) {
    this.#overAt = overAt
  }

  get(key: string): OngoingContest<Entry> | undefined {
    return this.#contests.get(key)
  }

  /** @returns the contest under way; the one that is given, if there is none */
  begin(key: string, contest: OngoingContest<Entry>): OngoingContest<Entry> {
    const known = this.#contests.get(key)
    if (known !== undefined) return known
    this.#contests.set(key, contest)
    this.next = Math.min(this.next, this.#overAt(key))
    return contest
  }

  /** @returns whether there was one */
  delete(key: string): boolean {
    return this.#contests.delete(key)
  }

  [Symbol.iterator](): IterableIterator<[string, OngoingContest<Entry>]> {
    return this.#contests.entries()
  }

  /** The keys whose contest is over, to be deleted. */
  ended(now: number): string[] {
    if (now < this.next) return []
    const ended: string[] = []
    let next = Number.POSITIVE_INFINITY
    for (const key of this.#contests.keys()) {
      const over = this.#overAt(key)
      if (over <= now) ended.push(key)
      else next = Math.min(next, over)
    }
    this.next = Math.max(next, now + interval)
    return ended
  }
}
