type Entries = readonly (readonly [number: number, name: string])[]

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
    return this.entries().get(number) ?? String(number)
  }

  /** All numbers that have a name. */
  entries(): ReadonlyMap<number, string> {
    this.#names ??= new Map(this.#read())
    return this.#names
  }

  /** The number with a name, or `undefined`. Digits are no name. */
  numberOf(name: string): number | undefined {
    this.#numbers ??= numbersOf([...this.#read()])
    return this.#numbers.get(name)
  }
}

/**
 * The number of each name. Several numbers may have the same name: where FRR is installed, `static` is 4 and 196. Then it is
 * the one that `ip` takes: it looks for the name in the order of the lowest bytes of the numbers, and for equal ones at the later first.
 * A number that is shown by this name goes before one that is shown by another.
 */
function numbersOf(entries: Entries): ReadonlyMap<string, number> {
  const shown = new Map(entries)
  const numbers = new Map<string, number>()
  for (const [number, name] of entries) {
    const other = numbers.get(name)
    const rank = (each: number): number => (shown.get(each) === name ? 0 : 256) + (each & 255)
    if (other === undefined || rank(number) <= rank(other)) numbers.set(name, number)
  }
  return numbers
}
