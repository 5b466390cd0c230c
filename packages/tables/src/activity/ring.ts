/** The last of many things. */
export class Ring<Thing> {
  readonly #limit: number
  readonly #things: Thing[] = []
  #next = 0

  /** @param limit how many are held */
  constructor(limit: number) {
    this.#limit = limit
  }

  push(thing: Thing): void {
    this.#things[this.#next] = thing
    this.#next = (this.#next + 1) % this.#limit
  }

  /** The newest first. */
  newest(number = this.#limit): Thing[] {
    return Array.from(
      { length: Math.min(number, this.#things.length) },
      (_, place) => this.#things[(this.#next - 1 - place + this.#limit) % this.#limit]!,
    )
  }
}
