import type { StandardOutput } from '../output/standard-output.ts'

/** Milliseconds between two looks. */
const interval = 250

/** Shows on a terminal how far long work is. Prints nothing into pipes and files, and nothing about short work. */
export class Progress {
  readonly #total: number
  readonly #output: StandardOutput
  #last = performance.now()
  #dirty = false

  /** @param total of what is to be done */
  constructor(total: number, output: StandardOutput) {
    this.#total = total
    this.#output = output
  }

  readonly note = (done: number): void => {
    const now = performance.now()
    if (this.#output.stderr.isTTY !== true || now - this.#last < interval) return
    this.#last = now
    this.#dirty = true
    this.#output.stderr.write(`\r${done.toLocaleString('en')} of ${this.#total.toLocaleString('en')} `)
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#dirty) this.#output.stderr.write('\r\x1b[K')
  }
}
