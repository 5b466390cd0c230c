/** A line, and what of it has to be the same for it to have come again: all but its time. */
export interface RepeatableLine {
  readonly key: string
  readonly text: string
}

/** The most lines in a row that are found to come again. */
const longestCycle = 16

/**
 * Finds lines that come again and again, one or several in a row, as those of an interface that flaps. Lines that come again
 * are held back, and a count is written in their place.
 */
export class Repeats {
  /** The keys of the lines that were written last. */
  readonly #written: string[] = []
  /** How many lines the cycle has; 0 while nothing is held back. */
  #cycle = 0
  #rounds = 0
  /** How many lines of the round that is not complete have come. */
  #begun: RepeatableLine[] = []

  /** Whether anything is held back. */
  get holds(): boolean {
    return this.#cycle > 0
  }

  /** @returns the lines that are to be written now */
  add(line: RepeatableLine): string[] {
    if (this.#cycle > 0 && this.#expected() === line.key) {
      this.#advance(line)
      return []
    }
    const released = this.release()
    const place = this.#written.lastIndexOf(line.key)
    if (place < 0) return [...released, this.#write(line)]
    this.#cycle = this.#written.length - place
    this.#advance(line)
    return released
  }

  /** @returns what is written for what was held back */
  release(): string[] {
    if (this.#cycle === 0) return []
    const lines = this.#cycle === 1 ? '' : `the last ${this.#cycle} lines `
    const count = this.#rounds === 0 ? [] : [`    ${lines}x ${this.#rounds} more`]
    const rest = this.#begun
    // Nobody could tell which lines are counted if the count of others stood between them.
    if (this.#rounds > 0) this.#written.splice(0, this.#written.length - this.#cycle)
    this.#cycle = 0
    this.#rounds = 0
    this.#begun = []
    return [...count, ...rest.map((line) => this.#write(line))]
  }

  #expected(): string | undefined {
    return this.#written[this.#written.length - this.#cycle + this.#begun.length]
  }

  #advance(line: RepeatableLine): void {
    this.#begun.push(line)
    if (this.#begun.length < this.#cycle) return
    this.#begun = []
    this.#rounds++
  }

  #write({ key, text }: RepeatableLine): string {
    this.#written.push(key)
    if (this.#written.length > longestCycle) this.#written.shift()
    return text
  }
}
