import process from 'node:process'

/** Milliseconds between two looks. */
const interval = 250

/** Shows on a terminal how far long work is. Prints nothing into pipes and files, and nothing about short work. */
export class Progress {
  readonly #total: number
  readonly #shown = process.stderr.isTTY === true
  #last = performance.now()
  #dirty = false

  /** @param total of what is to be done */
  constructor(total: number) {
    this.#total = total
  }

  readonly note = (done: number): void => {
    const now = performance.now()
    if (!this.#shown || now - this.#last < interval) return
    this.#last = now
    this.#dirty = true
    process.stderr.write(`\r${done.toLocaleString('en')} of ${this.#total.toLocaleString('en')} `)
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#dirty) process.stderr.write('\r\x1b[K')
  }
}
