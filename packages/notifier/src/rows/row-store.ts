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
  #chunks: Chunk[] = [makeChunk(firstChunkWords)]
  /** Next free word of the last chunk. */
  #top = 0
  /** Words in removed rows, all told and by length, for reuse. */
  #freeWords = 0
  #free = new Map<number, number[]>()
  /** By id: where the row is; `unused` for ids without a row. */
  #references = new Uint32Array(16)
  #hashes = new Int32Array(16)
  #marks = new Uint8Array(16)
  /** Ids ever used, and those of them that are free. */
  #ids = 0
  readonly #freeIds: number[] = []
  /** Ids plus 1 by hash; 0 is empty. Its length is a power of two. */
  #index = new Int32Array(32)
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
    return (
      chunks + this.#references.byteLength + this.#hashes.byteLength + this.#marks.byteLength + this.#index.byteLength
    )
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
    let id = this.#find(words, hash)
    if (id < 0) {
      const reference = this.#write(words, count)
      id = this.#takeId()
      this.#hashes[id] = hash
      this.#marks[id] = 0
      this.#references[id] = reference
      this.#size++
      if (this.#size * 4 > this.#index.length * 3) this.#reindex()
      else this.#insert(id)
      return id
    }
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
    return id
  }

  remove(id: number): void {
    this.#unindex(id)
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

  #takeId(): number {
    const free = this.#freeIds.pop()
    if (free !== undefined) return free
    if (this.#ids === this.#references.length) {
      const capacity = this.#ids * 2
      this.#references = grown(this.#references, new Uint32Array(capacity))
      this.#hashes = grown(this.#hashes, new Int32Array(capacity))
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
    this.#fill(reference, words, count)
    return reference
  }

  #append(words: Int32Array, count: number, length: number): number {
    if (length > chunkWords) throw new RangeError(`a row has at most ${chunkWords} words, not ${length}`)
    let chunk = this.#chunks.at(-1)!
    if (this.#top + length > chunk.words.length) {
      // The first chunk grows step by step, so that a small table stays small.
      if (this.#chunks.length === 1 && chunk.words.length < chunkWords) {
        let capacity = chunk.words.length
        while (capacity < this.#top + length) capacity *= 2
        if (capacity > chunkWords) capacity = chunkWords
        const larger = makeChunk(capacity)
        larger.words.set(chunk.words)
        this.#chunks[0] = larger
        chunk = larger
      }
      if (this.#top + length > chunk.words.length) {
        this.#chunks.push(makeChunk(chunkWords))
        this.#top = 0
      }
    }
    const reference = ((this.#chunks.length - 1) << chunkBits) | this.#top
    this.#top += length
    this.#fill(reference >>> 0, words, count)
    return reference >>> 0
  }

  #fill(reference: number, words: Int32Array, count: number): void {
    const { words: chunk } = this.#chunks[reference >>> chunkBits]!
    let at = reference & offsetMask
    chunk[at++] = count
    for (let i = 0; i < this.#keyWords + count; i++) chunk[at + i] = words[i]!
  }

  #release(reference: number): void {
    const length = 1 + this.#keyWords + this.#chunks[reference >>> chunkBits]!.words[reference & offsetMask]!
    const list = this.#free.get(length)
    if (list === undefined) this.#free.set(length, [reference])
    else list.push(reference)
    this.#freeWords += length
  }

  /** Rows of many lengths leave holes that no new row fits; once they are half of all words the rest moves together. */
  #compactIfSparse(): void {
    const used = (this.#chunks.length - 1) * chunkWords + this.#top
    if (this.#freeWords < chunkWords || this.#freeWords * 2 < used) return
    const old = this.#chunks
    this.#chunks = [makeChunk(firstChunkWords)]
    this.#top = 0
    this.#free = new Map()
    this.#freeWords = 0
    for (let id = 0; id < this.#ids; id++) {
      const reference = this.#references[id]!
      if (reference === unused) continue
      const { words } = old[reference >>> chunkBits]!
      const at = reference & offsetMask
      const count = words[at]!
      const row = words.subarray(at + 1, at + 1 + this.#keyWords + count)
      this.#references[id] = this.#append(row, count, row.length + 1)
    }
  }

  #hash(words: Int32Array): number {
    let hash = 0x2f0b4a27
    for (let i = 0; i < this.#keyWords; i++) {
      hash = Math.imul(hash ^ words[i]!, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash, 0x85ebca6b)
    return hash ^ (hash >>> 13)
  }

  #find(words: Int32Array, hash: number): number {
    const mask = this.#index.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.#index[slot]! - 1
      if (id < 0) return -1
      if (this.#hashes[id] === hash && this.#sameKey(id, words)) return id
    }
  }

  #sameKey(id: number, words: Int32Array): boolean {
    const reference = this.#references[id]!
    const chunk = this.#chunks[reference >>> chunkBits]!.words
    const start = (reference & offsetMask) + 1
    for (let i = 0; i < this.#keyWords; i++) if (chunk[start + i] !== words[i]) return false
    return true
  }

  #insert(id: number): void {
    const mask = this.#index.length - 1
    let slot = this.#hashes[id]! & mask
    while (this.#index[slot] !== 0) slot = (slot + 1) & mask
    this.#index[slot] = id + 1
  }

  #reindex(): void {
    this.#index = new Int32Array(this.#index.length * 2)
    for (let id = 0; id < this.#ids; id++) if (this.#references[id] !== unused) this.#insert(id)
  }

  /** Takes an id out and closes the gap, so that no probe ends too early and no tombstones gather. */
  #unindex(id: number): void {
    const mask = this.#index.length - 1
    let hole = this.#hashes[id]! & mask
    while (this.#index[hole] !== id + 1) hole = (hole + 1) & mask
    for (let slot = (hole + 1) & mask; this.#index[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hashes[this.#index[slot]! - 1]! & mask
      // Moving is allowed when the hole lies on the way from the row's home to where it is.
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        this.#index[hole] = this.#index[slot]!
        hole = slot
      }
    }
    this.#index[hole] = 0
  }
}

const unused = 0xffffffff

function grown<T extends Uint32Array | Int32Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}
