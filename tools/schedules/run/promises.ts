/** The promises of the library that programs of a schedule wait for. */
export class Promises {
  readonly #pending = new Map<number, string>()
  readonly #isExpected: (error: unknown) => boolean
  readonly #log: (line: string) => void
  readonly #problem: (text: string) => void
  #count = 0

  constructor(isExpected: (error: unknown) => boolean, log: (line: string) => void, problem: (text: string) => void) {
    this.#isExpected = isExpected
    this.#log = log
    this.#problem = problem
  }

  /** Names of those that are not settled. */
  get pending(): string[] {
    return [...this.#pending.values()]
  }

  /** @param settled called with the result, at once */
  track<Result>(name: string, promise: Promise<Result>, settled: (result: Result) => void = () => {}): void {
    const number = ++this.#count
    this.#pending.set(number, `${name} (${number})`)
    this.#log(`${name} (${number}) begins`)
    promise
      .then(
        (result) => {
          this.#pending.delete(number)
          this.#log(`${name} (${number}) resolves`)
          settled(result)
        },
        (error: unknown) => {
          this.#pending.delete(number)
          this.#log(`${name} (${number}) rejects: ${String(error)}`)
          if (!this.#isExpected(error)) this.#problem(`${name} rejects with ${String(error)}`)
        },
      )
      .catch((error: unknown) => this.#problem(`${name}: ${String(error)}`))
  }
}
