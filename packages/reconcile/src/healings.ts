/** Healings of one entry that are made at once. Whoever undoes them as often is not to be outrun. */
const mostHealings = 5
/** Milliseconds without a healing after which the earlier ones are forgotten. */
const memory = 10_000

/** So many counts are not worth a look at which can be forgotten. */
const fewCounts = 1024

/** Counts how often entries were changed by others. */
export class Healings {
  readonly #counts = new Map<string, { count: number; last: number }>()
  /** With more counts than that some are forgotten: twice as many as there were then, or each call would look at all. */
  #limit = fewCounts

  /** @returns whether it has happened so often that healing waits */
  contested(key: string, now: number): boolean {
    const before = this.#counts.get(key)
    const count = before === undefined || now - before.last > memory ? 1 : before.count + 1
    this.#counts.set(key, { count, last: now })
    if (this.#counts.size > this.#limit) this.#forget(now)
    return count > mostHealings
  }

  #forget(now: number): void {
    for (const [key, { last }] of this.#counts) if (now - last > memory) this.#counts.delete(key)
    this.#limit = Math.max(this.#counts.size * 2, fewCounts)
  }
}
