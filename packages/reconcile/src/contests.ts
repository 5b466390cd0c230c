/** Times that an entry is put back at once. Whoever undoes it as often is not to be outrun. */
const mostAtOnce = 5
/** Milliseconds before it is put back after that: doubled each time, and at most. */
const firstDelay = 250
const longestDelay = 30_000
/**
 * Milliseconds without a change by others after which the earlier ones are forgotten, before there were pauses; and of a
 * contest as a multiple of the pause, but at least as long as the longest pause.
 */
const memory = 10_000
const memoryFactor = 4

/** With so few records it is not worth looking which can be forgotten. */
const fewRecords = 1024

interface Contest {
  count: number
  delay: number
  last: number
}

/**
 * How often others have undone what was written, by key. The pauses before it is written again grow to half a minute, and
 * are forgotten when there is peace: that somebody undoes an entry again right after it was put back is no reason to
 * begin anew.
 */
export class Contests {
  readonly #contests = new Map<string, Contest>()
  /** With more records than that some are forgotten: twice as many as there were then, or each call would look at all. */
  #limit = fewRecords

  /**
   * Somebody else has changed or removed what was written under a key, or has put back what was removed.
   * @param now milliseconds of a clock that only goes forward
   * @returns milliseconds to wait before it is written or removed again; 0: at once
   */
  undone(key: string, now: number): number {
    const contest = this.#contests.get(key)
    if (contest === undefined || isOver(contest, now)) {
      this.#contests.set(key, { count: 1, delay: 0, last: now })
      if (this.#contests.size > this.#limit) this.#forget(now)
      return 0
    }
    contest.count++
    contest.last = now
    if (contest.count > mostAtOnce) contest.delay = Math.min(Math.max(contest.delay * 2, firstDelay), longestDelay)
    return contest.delay
  }

  /** When the contest about a key is over if nobody undoes anything any more. */
  overAt(key: string): number {
    const contest = this.#contests.get(key)
    return contest === undefined ? Number.NEGATIVE_INFINITY : endOf(contest)
  }

  #forget(now: number): void {
    for (const [key, contest] of this.#contests) if (isOver(contest, now)) this.#contests.delete(key)
    this.#limit = Math.max(this.#contests.size * 2, fewRecords)
  }
}

function isOver(contest: Contest, now: number): boolean {
  return now > endOf(contest)
}

function endOf({ delay, last }: Contest): number {
  return last + (delay === 0 ? memory : Math.max(longestDelay, delay * memoryFactor))
}
