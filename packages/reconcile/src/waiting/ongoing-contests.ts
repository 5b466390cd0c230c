import type { ContestedError } from '../errors.ts'

/** A contest that was reported. */
export interface OngoingContest<Entry> {
  readonly entry: Entry
  readonly error: ContestedError
}

/** Milliseconds between two checks of which contests are over. */
const interval = 1000

/**
 * The contests that are not over, by key. Each is reported once when it begins and once when it is over, not at each attempt in
 * between. So the reported opponent is the one of the beginning.
 */
export class OngoingContests<Entry> {
  readonly #contests = new Map<string, OngoingContest<Entry>>()
  readonly #overAt: (key: string) => number
  /** When to check again which are over, on the clock of `performance.now`; `Infinity` if there are none. */
  next = Number.POSITIVE_INFINITY

  /** @param overAt returns when the contest of a key is over if nobody undoes the entry any more */
  constructor(overAt: (key: string) => number) {
    this.#overAt = overAt
  }

  get(key: string): OngoingContest<Entry> | undefined {
    return this.#contests.get(key)
  }

  /** @returns the ongoing contest of the key; the given one if there is none */
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
