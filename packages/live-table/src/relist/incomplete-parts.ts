import { clearTimeout, setTimeout } from 'node:timers'

/**
 * A part of a table of which the kernel's dump ends early, since an entry is too large for it (32 KiB). The table still
 * applies notifications about the part. So only entries behind the large one can be wrong: missing if they existed before
 * the table was opened, out of date if the kernel changed them without a notification.
 */
export interface IncompletePart {
  /** Name of the part, as its definition calls it: `all`. */
  readonly part: string
  /** Key of the last entry that the dump showed, in the kernel's order; `undefined` if it showed none. */
  readonly behind: string | undefined
  /** Keys of the entries that are too large, as far as the table has them from notifications. */
  readonly tooLarge: readonly string[]
}

// Milliseconds until the table rereads an incomplete part without a notification that the large entry is gone. Doubled
// after each try.
const firstPause = 1000
const longestPause = 60_000

/** The parts of a table that dumps do not show to the end, and the timer that rereads them. */
export class IncompleteParts {
  #parts: readonly IncompletePart[] = []
  #pause = firstPause
  #timer: NodeJS.Timeout | undefined
  readonly #retry: () => void

  /** @param retry reads the whole table */
  constructor(retry: () => void) {
    this.#retry = retry
  }

  get parts(): readonly IncompletePart[] {
    return this.#parts
  }

  get some(): boolean {
    return this.#parts.length > 0
  }

  /**
   * Takes the result of a relist.
   * @param cut the parts that it did not show to the end
   * @param whole whether it was a relist of the whole table
   * @returns whether something else is incomplete now than before
   */
  update(cut: readonly IncompletePart[], whole: boolean): boolean {
    const before = this.#parts
    const others = whole ? [] : before.filter((known) => !cut.some(({ part }) => part === known.part))
    this.#parts = [...others, ...cut]
    if (!this.some) {
      this.end()
      this.#pause = firstPause
    } else if (whole || this.#timer === undefined) {
      this.end()
      // Nobody waits for it: it does not keep the process alive.
      this.#timer = setTimeout(this.#retry, this.#pause).unref()
      this.#pause = Math.min(this.#pause * 2, longestPause)
    }
    return incompleteText(this.#parts) !== incompleteText(before)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

/** For people: `all behind 5 (7 is too large for a dump)`. */
export function incompleteText(parts: readonly IncompletePart[]): string {
  return parts
    .map(({ part, behind, tooLarge }) => {
      const cause =
        tooLarge.length === 0 ? 'an entry is' : tooLarge.length === 1 ? `${tooLarge[0]} is` : `${tooLarge} are`
      return `${part}${behind === undefined ? '' : ` behind ${behind}`} (${cause} too large for a dump)`
    })
    .join(', ')
}
