/** How often something was counted, when last, and what was then seen of it. */
export interface Counted<Key, Seen> {
  /** What was counted. */
  readonly key: Key
  /** How often. */
  readonly count: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** What was seen of it last. */
  readonly seen: Seen
}

type Counting<Key, Seen> = { -readonly [Field in keyof Counted<Key, Seen>]: Counted<Key, Seen>[Field] }

/**
 * Counts by key, in bounded memory: of too many keys the half that was counted least often is forgotten, and begins anew if it
 * comes again.
 */
export class Tally<Key, Seen> {
  readonly #limit: number
  readonly #counted = new Map<Key, Counting<Key, Seen>>()

  /** @param limit the most keys that are held */
  constructor(limit: number) {
    this.#limit = limit
  }

  add(key: Key, seen: Seen, now: number): void {
    const counted = this.#counted.get(key)
    if (counted === undefined) {
      if (this.#counted.size >= this.#limit) this.#forget()
      this.#counted.set(key, { key, count: 1, at: now, seen })
      return
    }
    counted.count++
    counted.at = now
    counted.seen = seen
  }

  get(key: Key): Counted<Key, Seen> | undefined {
    return this.#counted.get(key)
  }

  values(): Iterable<Counted<Key, Seen>> {
    return this.#counted.values()
  }

  /** Those that were counted most often, the most often counted first. */
  most(number: number): Counted<Key, Seen>[] {
    return [...this.#counted.values()].sort(byCount).slice(0, number)
  }

  #forget(): void {
    for (const { key } of this.most(this.#limit).slice(Math.ceil(this.#limit / 2))) this.#counted.delete(key)
  }
}

/** The most often counted first, and of those the one that came last. */
function byCount(one: Counted<unknown, unknown>, other: Counted<unknown, unknown>): number {
  return other.count - one.count || other.at - one.at
}
