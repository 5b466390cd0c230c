import { TimeSlice } from '@rtnl/netlink-core'
import type { Desired } from './desired.ts'

/** The most differences that are applied one by one. With more, comparing everything costs less. */
const fewChanges = 1000

/** How the next desired entries differ from the present ones. */
export interface Difference<Entry> {
  readonly gone: readonly Entry[]
  /** Ids, in the next desired entries, of those that are new or differ. */
  readonly wanted: readonly number[]
  /** There are more differences than these. */
  readonly much: boolean
}

/**
 * Runs calls of `assign` one after the other. Each works in slices of time, and `set` and `delete` may be called at any time
 * meanwhile: the later call wins.
 */
export class Assignments<Entry, Wanted> {
  /** Of each that is under way: single changes that were made since it was called. */
  readonly #underWay = new Set<(() => void)[]>()
  #last: Promise<void> | undefined

  /** Resolves when what is being assigned is taken, or refused. */
  async ended(): Promise<void> {
    while (this.#underWay.size > 0) await this.#last
  }

  /** A single change that was made; it is made again after each assignment that is under way. */
  changed(again: () => void): void {
    for (const since of this.#underWay) since.push(again)
  }

  /**
   * @param next resolves with the next desired entries once they are checked
   * @param before returns the present desired entries, once the earlier calls have ended
   * @param take replaces the present ones by the next ones, without a pause
   */
  async assign(
    next: Promise<Desired<Entry, Wanted>>,
    before: () => Desired<Entry, Wanted>,
    take: (next: Desired<Entry, Wanted>, difference: Difference<Entry>) => void,
  ): Promise<void> {
    const since: (() => void)[] = []
    const done = this.#assign(next, this.#last, before, take, since)
    const end = (): void => void this.#underWay.delete(since)
    this.#underWay.add(since)
    this.#last = done.then(end, end)
    await done
  }

  async #assign(
    next: Promise<Desired<Entry, Wanted>>,
    earlier: Promise<void> | undefined,
    before: () => Desired<Entry, Wanted>,
    take: (next: Desired<Entry, Wanted>, difference: Difference<Entry>) => void,
    since: readonly (() => void)[],
  ): Promise<void> {
    let desired: Desired<Entry, Wanted>
    try {
      desired = await next
    } finally {
      // Later calls wait for all earlier ones, also if this call is refused.
      await earlier
    }
    take(desired, await differenceOf(before(), desired))
    for (const again of since) again()
  }
}

async function differenceOf<Entry, Wanted>(
  before: Desired<Entry, Wanted>,
  next: Desired<Entry, Wanted>,
): Promise<Difference<Entry>> {
  const slice = new TimeSlice()
  const { rows } = before
  const gone: Entry[] = []
  const wanted: number[] = []
  const isMuch = (): boolean => gone.length + wanted.length > fewChanges
  // The rows may change during this loop. `changed` repeats such a change afterwards.
  for (let id = 0; id < rows.store.idLimit && !isMuch(); id++) {
    if (rows.store.has(id) && !next.rows.hasKeyOf(rows, id)) gone.push(rows.entry(id))
    if (slice.over()) await slice.next()
  }
  for (let id = 0; id < next.rows.store.idLimit && !isMuch(); id++) {
    if (!before.isSame(next, id)) wanted.push(id)
    if (slice.over()) await slice.next()
  }
  return { gone, wanted, much: isMuch() }
}
