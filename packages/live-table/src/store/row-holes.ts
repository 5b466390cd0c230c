import { numberVector, type Vector } from '@rtnl/vec-utils'
import { chunkBits, placeMask, referenceTo } from './row-reference.ts'

/** The holes that removed rows left in chunks of words. A hole is used again for a row of the same length. */
export class RowHoles {
  /** By chunk: the places of its holes by their length. */
  readonly #places: Map<number, Vector<number>>[] = []
  /** By length: the chunks that have such holes. It may name chunks that were reset. */
  readonly #holders = new Map<number, Vector<number>>()
  /** By chunk: the number of words in its holes. */
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

  /** Forgets the holes of a chunk. Called for a new chunk, and for one that is cleared. */
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

  /** Takes a hole of exactly this length. @returns a reference to it, -1 if there is none */
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

/** Returns the vector of a key, and adds an empty one for 16-bit numbers if there is none. */
function vectorOf(vectors: Map<number, Vector<number>>, key: number): Vector<number> {
  let vector = vectors.get(key)
  if (vector === undefined) {
    vector = numberVector('u16')
    vectors.set(key, vector)
  }
  return vector
}
