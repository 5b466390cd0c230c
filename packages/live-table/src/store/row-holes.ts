import { numberVector, type Vector } from '@rtnl/vec-utils'
import { chunkBits, placeMask, referenceTo } from './row-reference.ts'

/** Holes that rows left in chunks of words, kept for rows of just the same length. */
export class RowHoles {
  /** By chunk: places of holes by their length. */
  readonly #places: Map<number, Vector<number>>[] = []
  /** By length: chunks that have such holes, or had when they were given up. */
  readonly #holders = new Map<number, Vector<number>>()
  /** By chunk: words in its holes. */
  readonly #words: number[] = []
  #total = 0

  /** Words in all holes. */
  get total(): number {
    return this.#total
  }

  /** Words in the holes of a chunk. */
  in(chunk: number): number {
    return this.#words[chunk]!
  }

  /** A chunk has no holes: it is new, or given up. */
  reset(chunk: number): void {
    this.#total -= this.#words[chunk] ?? 0
    this.#words[chunk] = 0
    this.#places[chunk] = new Map()
  }

  add(reference: number, length: number): void {
    const chunk = reference >>> chunkBits
    const places = vectorOf(this.#places[chunk]!, length)
    if (places.length === 0) vectorOf(this.#holders, length).push(chunk)
    places.push(reference & placeMask)
    this.#words[chunk]! += length
    this.#total += length
  }

  /** Takes a hole of just this length. @returns a reference to it, -1 if there is none */
  take(length: number): number {
    const holders = this.#total === 0 ? undefined : this.#holders.get(length)
    if (holders === undefined) return -1
    for (let last = holders.length - 1; last >= 0; last--) {
      const chunk = holders.get(last)!
      const places = this.#places[chunk]!.get(length)
      const place = places?.pop()
      if (places === undefined || places.length === 0) holders.pop()
      if (place === undefined) continue
      this.#words[chunk]! -= length
      this.#total -= length
      return referenceTo(chunk, place)
    }
    return -1
  }
}

/** That of a key, made where there is none. The numbers in it have 16 bits. */
function vectorOf(vectors: Map<number, Vector<number>>, key: number): Vector<number> {
  let vector = vectors.get(key)
  if (vector === undefined) {
    vector = numberVector('u16')
    vectors.set(key, vector)
  }
  return vector
}
