/** Numbers and their names, in both directions. Case counts, as to `ip`. */
export class NumberNames {
  readonly #read: () => Iterable<readonly [number: number, name: string]>
  #names: ReadonlyMap<number, string> | undefined
  #numbers: ReadonlyMap<string, number> | undefined

  /** @param read all names, from the first use on; of two for one number the later is shown, and both are known */
  constructor(read: () => Iterable<readonly [number: number, name: string]>) {
    this.#read = read
  }

  /** The name of a number, or its digits. */
  nameOf(number: number): string {
    if (this.#names === undefined) this.#names = new Map(this.#read())
    return this.#names.get(number) ?? String(number)
  }

  /** The number with a name, or `undefined`. Digits are no name. */
  numberOf(name: string): number | undefined {
    if (this.#numbers === undefined) {
      this.#numbers = new Map([...this.#read()].map(([number, each]) => [each, number]))
    }
    return this.#numbers.get(name)
  }
}
