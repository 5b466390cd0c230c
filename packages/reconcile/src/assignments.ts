import { TimeSlice } from '@rtnl/notifier'
import type { Desired } from './desired.ts'

/** Differences of what is wanted that are told one by one; with more, looking at everything costs less. */
const fewChanges = 1000

/** How what is wanted next differs from what was. */
export interface Difference<Entry> {
  readonly gone: readonly Entry[]
  /** Ids of what is wanted next, of entries that were not or were others. */
  readonly wanted: readonly number[]
  /** There is more than that. */
  readonly much: boolean
}

/**
 * Takes what is wanted in place of all that was, one after the other. This goes in turns, and single entries may be
 * wanted, or not any more, at any time: what is called last is what counts.
 */
export class Assignments<Entry> {
  #last: { readonly ended: Promise<unknown>; readonly since: (() => void)[] } | undefined

  /** Resolves when what is being assigned is taken, or refused. */
  async ended(): Promise<void> {
    while (this.#last !== undefined) await this.#last.ended
  }

  /** A single change that was made; if something is being assigned, it is made again after. */
  changed(again: () => void): void {
    this.#last?.since.push(again)
  }

  /**
   * @param next is what is wanted, when it is checked
   * @param before what was wanted, once it is the turn of this one
   * @param take makes the one the other, at once
   */
  async assign(
    next: Promise<Desired<Entry>>,
    before: () => Desired<Entry>,
    take: (next: Desired<Entry>, difference: Difference<Entry>) => void,
  ): Promise<void> {
    const earlier = this.#last?.ended
    const since: (() => void)[] = []
    const done = (async () => {
      const [desired] = await Promise.all([next, earlier])
      take(desired, await differenceOf(before(), desired))
      for (const again of since) again()
    })()
    const end = (): void => {
      if (this.#last === last) this.#last = undefined
    }
    const last = { ended: done.then(end, end), since }
    this.#last = last
    await done
  }
}

async function differenceOf<Entry>(before: Desired<Entry>, next: Desired<Entry>): Promise<Difference<Entry>> {
  const slice = new TimeSlice()
  const { rows } = before
  const gone: Entry[] = []
  const wanted: number[] = []
  const isMuch = (): boolean => gone.length + wanted.length > fewChanges
  // Ids are looked at as they are by then: what changes meanwhile is changed again after.
  for (let id = 0; id < rows.store.idLimit && !isMuch(); id++) {
    if (rows.store.has(id) && !next.rows.hasKeyOf(rows, id)) gone.push(rows.entry(id))
    if (slice.over()) await slice.next()
  }
  for (let id = 0; id < next.rows.store.idLimit && !isMuch(); id++) {
    if (!rows.holdsRowOf(next.rows, id)) wanted.push(id)
    if (slice.over()) await slice.next()
  }
  return { gone, wanted, much: isMuch() }
}
