/** From so many ids on a block is split. */
const fullBlock = 1024

/**
 * Numbers in an order, of which any window is read without going through those before it, and into which one is put without
 * moving many. They lie in blocks.
 */
export class OrderedIds {
  readonly #compare: (one: number, other: number) => number
  readonly #blocks: number[][] = []
  #size = 0

  /** @param compare never 0 for two different numbers; its answers do not change for those that are in it */
  constructor(compare: (one: number, other: number) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#size
  }

  /** Puts a number in that is not in it. */
  add(id: number): void {
    const at = Math.min(this.#blockOf(id), this.#blocks.length - 1)
    const block = this.#blocks[at]
    this.#size++
    if (block === undefined) {
      this.#blocks.push([id])
      return
    }
    block.splice(this.#placeIn(block, id), 0, id)
    if (block.length >= fullBlock) this.#blocks.splice(at + 1, 0, block.splice(fullBlock / 2))
  }

  /** @returns whether it was in it */
  delete(id: number): boolean {
    const at = this.#blockOf(id)
    const block = this.#blocks[at]
    if (block === undefined) return false
    const place = this.#placeIn(block, id)
    if (block[place] !== id) return false
    block.splice(place, 1)
    if (block.length === 0) this.#blocks.splice(at, 1)
    this.#size--
    return true
  }

  /** Those from a place on. */
  window(offset: number, limit: number): number[] {
    const found: number[] = []
    let skipped = offset
    for (const block of this.#blocks) {
      if (skipped >= block.length) {
        skipped -= block.length
        continue
      }
      found.push(...block.slice(skipped, skipped + limit - found.length))
      skipped = 0
      if (found.length >= limit) break
    }
    return found
  }

  /** The first block that ends with the number or one behind it. */
  #blockOf(id: number): number {
    return lowest(this.#blocks.length, (at) => this.#compare(this.#blocks[at]!.at(-1)!, id) >= 0)
  }

  #placeIn(block: readonly number[], id: number): number {
    return lowest(block.length, (at) => this.#compare(block[at]!, id) >= 0)
  }
}

/** The first place for which a test holds that holds for all behind it; `length` if there is none. */
function lowest(length: number, holds: (place: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
