/** A queue that removes its first item without moving the others, however many there are. */
export class Fifo<Item extends object> {
  #items: (Item | undefined)[] = []
  #first = 0

  push(item: Item): void {
    this.#items.push(item)
  }

  shift(): Item | undefined {
    const item = this.#items[this.#first]
    if (item === undefined) return undefined
    this.#items[this.#first++] = undefined
    // Once half of the array is free, the items move to its beginning.
    if (this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    return item
  }

  clear(): void {
    this.#items = []
    this.#first = 0
  }

  *[Symbol.iterator](): Generator<Item, void, undefined> {
    for (let place = this.#first; place < this.#items.length; place++) yield this.#items[place]!
  }
}
