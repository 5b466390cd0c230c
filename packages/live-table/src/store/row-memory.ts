import { RowHoles } from './row-holes.ts'
import { chunkWords, referenceTo } from './row-reference.ts'

const firstChunkWords = 256

export interface Chunk {
  readonly words: Int32Array
  readonly view: DataView
}

/** Takes the place of a chunk that was cleared. */
const noChunk: Chunk = { words: new Int32Array(0), view: new DataView(new ArrayBuffer(0)) }

/** The words of a store of rows, in chunks. Each row takes some words; rows that are removed leave holes for others. */
export class RowMemory {
  readonly chunks: Chunk[] = [makeChunk(firstChunkWords)]
  /** The chunk to which rows are appended, and its next free word. */
  #current = 0
  #top = 0
  /** Indexes of cleared chunks. */
  readonly #vacant: number[] = []
  readonly #holes = new RowHoles()

  constructor() {
    this.#holes.reset(0)
  }

  /** Bytes of all chunks. */
  get bytes(): number {
    return this.chunks.reduce((sum, { words }) => sum + words.byteLength, 0)
  }

  /** Takes words for a row, in a hole or behind all rows. @returns a reference to them */
  take(length: number): number {
    const hole = this.#holes.take(length)
    return hole < 0 ? this.#append(length) : hole
  }

  /** Makes the words of a removed row a hole. */
  release(reference: number, length: number): void {
    this.#holes.add(reference, length)
  }

  /** Returns the index of the chunk with the most holes, once two thirds of all words are holes; otherwise -1. */
  chunkToClear(): number {
    const holes = this.#holes
    const used = (this.chunks.length - this.#vacant.length - 1) * chunkWords + this.#top
    if (holes.total < chunkWords || holes.total * 3 < used * 2) return -1
    let emptiest = -1
    for (let chunk = 0; chunk < this.chunks.length; chunk++) {
      if (chunk === this.#current || holes.in(chunk) === 0) continue
      if (emptiest < 0 || holes.in(chunk) > holes.in(emptiest)) emptiest = chunk
    }
    return emptiest
  }

  /** From now on `take` returns no hole of this chunk, so that its rows can be moved to others. */
  beginClear(chunk: number): void {
    this.#holes.reset(chunk)
  }

  /** Frees a chunk whose rows were moved. */
  endClear(chunk: number): void {
    this.chunks[chunk] = noChunk
    this.#vacant.push(chunk)
  }

  #append(length: number): number {
    if (length > chunkWords) throw new RangeError(`a row has at most ${chunkWords} words, not ${length}`)
    if (this.#top + length > this.chunks[this.#current]!.words.length) this.#makeRoom(length)
    const reference = referenceTo(this.#current, this.#top)
    this.#top += length
    return reference
  }

  #makeRoom(length: number): void {
    const { words } = this.chunks[this.#current]!
    // The first chunk grows step by step, so that a small table stays small.
    if (words.length < chunkWords) {
      let capacity = words.length
      while (capacity < this.#top + length) capacity *= 2
      const larger = makeChunk(Math.min(capacity, chunkWords))
      larger.words.set(words)
      this.chunks[this.#current] = larger
      if (this.#top + length <= larger.words.length) return
    }
    this.#current = this.#vacant.pop() ?? this.chunks.length
    this.chunks[this.#current] = makeChunk(chunkWords)
    this.#holes.reset(this.#current)
    this.#top = 0
  }
}

export function makeChunk(words: number): Chunk {
  const array = new Int32Array(words)
  return { words: array, view: new DataView(array.buffer) }
}
