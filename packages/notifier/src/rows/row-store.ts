import { numberVector, type Vector } from '@rtnl/vec-utils'
import { RowIndex } from './row-index.ts'

/** Where a row's bytes are. Valid until the store is changed. */
export interface RowBytes {
  readonly view: DataView
  /** Offset of the first byte behind the key, and of the end. */
  readonly start: number
  readonly end: number
}

// 2^18 words (1 MiB) a chunk: a reference is 14 bits of chunk and 18 bits of word.
const chunkBits = 18
const chunkWords = 1 << chunkBits
const offsetMask = chunkWords - 1
const firstChunkWords = 256

interface Chunk {
  readonly words: Int32Array
  readonly view: DataView
}

/** In the place of a chunk that was cleared. */
const noChunk: Chunk = { words: new Int32Array(0), view: new DataView(new ArrayBuffer(0)) }

function makeChunk(words: number): Chunk {
  const array = new Int32Array(words)
  return { words: array, view: new DataView(array.buffer) }
}

/**
 * Rows of words with a key of fixed size, in a few large buffers and an open-addressing index: about 20 bytes a row
 * beside its words. A row has an id, which stays the same until the row is removed and is then used again.
 */
export class RowStore {
  readonly #keyWords: number
  readonly #chunks: Chunk[] = [makeChunk(firstChunkWords)]
  /** The chunk that rows are appended to, and its next free word. */
  #current = 0
  #top = 0
  /** Places of chunks that there are no more. */
  readonly #vacant: number[] = []
  /** Words in removed rows, all told and by chunk. */
  #freeWords = 0
  readonly #freeIn: number[] = [0]
  /** The same as references by length, for reuse. */
  readonly #free = new Map<number, Vector<number>>()
  /** By id: where the row is; `unused` for ids without a row. */
  #references = new Uint32Array(16)
  #marks = new Uint8Array(16)
  /** Ids ever used, and those of them that are free. */
  #ids = 0
  readonly #freeIds = numberVector('u32')
  readonly #index = new RowIndex()
  #size = 0

  constructor(keyWords: number) {
    this.#keyWords = keyWords
  }

  get size(): number {
    return this.#size
  }

  /** All ids are below this. */
  get idLimit(): number {
    return this.#ids
  }

  /** Bytes of all buffers. */
  get memory(): number {
    const chunks = this.#chunks.reduce((sum, { words }) => sum + words.byteLength, 0)
    return chunks + this.#references.byteLength + this.#marks.byteLength + this.#index.memory
  }

  has(id: number): boolean {
    return id < this.#ids && this.#references[id] !== unused
  }

  /** The id of the row whose key stands at the start of `words`, or -1. */
  find(words: Int32Array): number {
    return this.#find(words, this.#hash(words))
  }

  /** Whether the row has exactly the `count` words that follow the key in `words`. */
  equals(id: number, words: Int32Array, count: number): boolean {
    const reference = this.#references[id]!
    const { words: chunk } = this.#chunks[reference >>> chunkBits]!
    const at = reference & offsetMask
    if (chunk[at] !== count) return false
    const start = at + 1 + this.#keyWords
    for (let i = 0; i < count; i++) if (chunk[start + i] !== words[this.#keyWords + i]) return false
    return true
  }

  /** Adds or overwrites the row of the key at the start of `words`, with the `count` words behind it. */
  put(words: Int32Array, count: number): number {
    const hash = this.#hash(words)
    const id = this.#find(words, hash)
    if (id < 0) return this.#insert(words, count, hash)
    this.overwrite(id, words, count)
    return id
  }

  /** Adds the row of a key that has none yet. */
  insert(words: Int32Array, count: number): number {
    return this.#insert(words, count, this.#hash(words))
  }

  /** Gives the row of a key the `count` words behind that key in `words`. */
  overwrite(id: number, words: Int32Array, count: number): void {
    const reference = this.#references[id]!
    const chunk = this.#chunks[reference >>> chunkBits]!.words
    const at = reference & offsetMask
    if (chunk[at] === count) {
      for (let i = 0; i < count; i++) chunk[at + 1 + this.#keyWords + i] = words[this.#keyWords + i]!
    } else {
      this.#release(reference)
      this.#references[id] = this.#write(words, count)
      this.#compactIfSparse()
    }
  }

  remove(id: number): void {
    this.#index.remove(id, this.#hashOf(id))
    this.#release(this.#references[id]!)
    this.#references[id] = unused
    this.#freeIds.push(id)
    this.#size--
    this.#compactIfSparse()
  }

  /** One word of a row's key. */
  keyWord(id: number, place: number): number {
    const reference = this.#references[id]!
    return this.#chunks[reference >>> chunkBits]!.words[(reference & offsetMask) + 1 + place]!
  }

  /** A copy of a row's key. */
  key(id: number): Int32Array {
    const reference = this.#references[id]!
    const at = (reference & offsetMask) + 1
    return this.#chunks[reference >>> chunkBits]!.words.slice(at, at + this.#keyWords)
  }

  /** The words among which a row is, the place of its first one behind the key, and how many it has from there on. */
  words(id: number): Int32Array {
    return this.#chunks[this.#references[id]! >>> chunkBits]!.words
  }

  start(id: number): number {
    return (this.#references[id]! & offsetMask) + 1 + this.#keyWords
  }

  count(id: number): number {
    const reference = this.#references[id]!
    return this.#chunks[reference >>> chunkBits]!.words[reference & offsetMask]!
  }

  /** Copies the first words of a row, from its key on. */
  copy(id: number, out: Int32Array, words: number): void {
    const reference = this.#references[id]!
    const chunk = this.#chunks[reference >>> chunkBits]!.words
    const at = (reference & offsetMask) + 1
    for (let i = 0; i < words; i++) out[i] = chunk[at + i]!
  }

  bytes(id: number): RowBytes {
    const reference = this.#references[id]!
    const { words, view } = this.#chunks[reference >>> chunkBits]!
    const start = (reference & offsetMask) + 1 + this.#keyWords
    return { view, start: start * 4, end: (start + words[reference & offsetMask]!) * 4 }
  }

  /** A byte of the caller's for each row; 0 in a new one. */
  mark(id: number): number {
    return this.#marks[id]!
  }

  setMark(id: number, mark: number): void {
    this.#marks[id] = mark
  }

  clearMarks(): void {
    this.#marks.fill(0)
  }

  #insert(words: Int32Array, count: number, hash: number): number {
    const reference = this.#write(words, count)
    const id = this.#takeId()
    this.#marks[id] = 0
    this.#references[id] = reference
    this.#size++
    this.#index.insert(id, hash)
    return id
  }

  #takeId(): number {
    const free = this.#freeIds.pop()
    if (free !== undefined) return free
    if (this.#ids === this.#references.length) {
      const capacity = this.#ids * 2
      this.#references = grown(this.#references, new Uint32Array(capacity))
      this.#marks = grown(this.#marks, new Uint8Array(capacity))
    }
    return this.#ids++
  }

  /** Copies a row to a free place and returns its reference. */
  #write(words: Int32Array, count: number): number {
    const length = 1 + this.#keyWords + count
    const reference = this.#freeWords === 0 ? undefined : this.#free.get(length)?.pop()
    if (reference === undefined) return this.#append(words, count, length)
    this.#freeWords -= length
    this.#freeIn[reference >>> chunkBits]! -= length
    this.#fill(reference, words, count)
    return reference
  }

  #append(words: Int32Array, count: number, length: number): number {
    if (length > chunkWords) throw new RangeError(`a row has at most ${chunkWords} words, not ${length}`)
    if (this.#top + length > this.#chunks[this.#current]!.words.length) this.#makeRoom(length)
    const reference = (this.#current << chunkBits) | this.#top
    this.#top += length
    this.#fill(reference >>> 0, words, count)
    return reference >>> 0
  }

  #makeRoom(length: number): void {
    const { words } = this.#chunks[this.#current]!
    // The first chunk grows step by step, so that a small table stays small.
    if (words.length < chunkWords) {
      let capacity = words.length
      while (capacity < this.#top + length) capacity *= 2
      const larger = makeChunk(Math.min(capacity, chunkWords))
      larger.words.set(words)
      this.#chunks[this.#current] = larger
      if (this.#top + length <= larger.words.length) return
    }
    this.#current = this.#vacant.pop() ?? this.#chunks.length
    this.#chunks[this.#current] = makeChunk(chunkWords)
    this.#freeIn[this.#current] = 0
    this.#top = 0
  }

  #fill(reference: number, words: Int32Array, count: number): void {
    const { words: chunk } = this.#chunks[reference >>> chunkBits]!
    let at = reference & offsetMask
    chunk[at++] = count
    for (let i = 0; i < this.#keyWords + count; i++) chunk[at + i] = words[i]!
  }

  #release(reference: number): void {
    const { words } = this.#chunks[reference >>> chunkBits]!
    const at = reference & offsetMask
    const length = 1 + this.#keyWords + words[at]!
    // So a hole is told from a row, and its length is still known.
    words[at] = ~words[at]!
    let list = this.#free.get(length)
    if (list === undefined) {
      list = numberVector('u32')
      this.#free.set(length, list)
    }
    list.push(reference)
    this.#freeWords += length
    this.#freeIn[reference >>> chunkBits]! += length
  }

  /** Rows that went leave holes; once these are two thirds of all words, the emptiest chunk is cleared. */
  #compactIfSparse(): void {
    const used = (this.#chunks.length - this.#vacant.length - 1) * chunkWords + this.#top
    if (this.#freeWords < chunkWords || this.#freeWords * 3 < used * 2) return
    let emptiest = -1
    for (let place = 0; place < this.#chunks.length; place++) {
      if (place === this.#current || this.#freeIn[place] === 0) continue
      if (emptiest < 0 || this.#freeIn[place]! > this.#freeIn[emptiest]!) emptiest = place
    }
    if (emptiest >= 0) this.#clear(emptiest)
  }

  /** Moves the rows of a chunk to other places; one chunk at a time, so that it never takes long. */
  #clear(place: number): void {
    const { words } = this.#chunks[place]!
    this.#freeWords -= this.#freeIn[place]!
    this.#freeIn[place] = 0
    for (const list of this.#free.values()) {
      let kept = 0
      for (let i = 0; i < list.length; i++) {
        const reference = list.get(i)!
        if (reference >>> chunkBits !== place) list.set(kept++, reference)
      }
      list.truncate(kept)
    }
    // Behind the last row there is no word that is not 0, and no row without a key has none.
    let row = new Int32Array(64)
    for (let at = 0, length: number; at < words.length && words[at] !== 0; at += length) {
      const count = words[at]!
      length = 1 + this.#keyWords + (count < 0 ? ~count : count)
      if (count < 0) continue
      if (row.length < length) row = new Int32Array(length * 2)
      for (let i = 1; i < length; i++) row[i - 1] = words[at + i]!
      this.#references[this.find(row)] = this.#write(row, count)
    }
    this.#chunks[place] = noChunk
    this.#vacant.push(place)
  }

  #hashOf(id: number): number {
    const reference = this.#references[id]!
    return this.#hash(this.#chunks[reference >>> chunkBits]!.words, (reference & offsetMask) + 1)
  }

  /** Of the key that begins at `start`. */
  #hash(words: Int32Array, start = 0): number {
    let hash = 0x2f0b4a27
    for (let i = start; i < start + this.#keyWords; i++) {
      hash = Math.imul(hash ^ words[i]!, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash, 0x85ebca6b)
    return hash ^ (hash >>> 13)
  }

  #find(words: Int32Array, hash: number): number {
    let id = this.#index.first(hash)
    while (id >= 0 && !this.#sameKey(id, words)) id = this.#index.next()
    return id
  }

  #sameKey(id: number, words: Int32Array): boolean {
    const reference = this.#references[id]!
    const chunk = this.#chunks[reference >>> chunkBits]!.words
    const start = (reference & offsetMask) + 1
    for (let i = 0; i < this.#keyWords; i++) if (chunk[start + i] !== words[i]) return false
    return true
  }
}

const unused = 0xffffffff

function grown<T extends Uint32Array | Int32Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}
