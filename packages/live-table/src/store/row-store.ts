import { numberVector } from '@rtnl/vec-utils'
import type { RowBytes } from '../definition.ts'
import { RowHoles } from './row-holes.ts'
import { RowIndex } from './row-index.ts'
import { chunkBits, chunkWords, placeMask, referenceTo } from './row-reference.ts'

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

/** Tells the keys of rows by their other words, so that they need not be stored. */
export interface KeysOfRows {
  /** How many words of a key are told so, from its first one on. */
  readonly words: number
  /** Writes these to the start of `out`, for the row of `count` words that begins at `start`. */
  read(words: Int32Array, start: number, count: number, out: Int32Array): void
}

const noKeys: KeysOfRows = { words: 0, read() {} }

/**
 * Rows of words with a key of fixed size, in a few large buffers and an open-addressing index: about 20 bytes a row
 * beside its words. A row has an id, which stays the same until the row is removed and is then used again.
 *
 * To its callers a row is its key and then its other words. In a chunk it is the number of these, the words of its key
 * that they do not tell, and these. A row has at least one word beside its key.
 */
export class RowStore {
  readonly #keyWords: number
  readonly #keys: KeysOfRows
  /** Words of a key that are stored: its last ones. */
  readonly #stored: number
  /** A key that was just read. */
  readonly #key: Int32Array
  readonly #chunks: Chunk[] = [makeChunk(firstChunkWords)]
  /** The chunk that rows are appended to, and its next free word. */
  #current = 0
  #top = 0
  /** Places of chunks that there are no more. */
  readonly #vacant: number[] = []
  readonly #holes = new RowHoles()
  /** By id: where the row is; `unused` for ids without a row. */
  #references = new Uint32Array(16)
  #marks = new Uint8Array(16)
  /** Ids ever used, and those of them that are free. */
  #ids = 0
  readonly #freeIds = numberVector('u32')
  readonly #index = new RowIndex()
  #size = 0

  constructor(keyWords: number, keys = noKeys) {
    this.#keyWords = keyWords
    this.#keys = keys
    this.#stored = keyWords - keys.words
    this.#key = new Int32Array(keyWords)
    this.#holes.reset(0)
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
    const at = reference & placeMask
    if (chunk[at] !== count) return false
    const start = at + 1 + this.#stored
    for (let i = 0; i < count; i++) if (chunk[start + i] !== words[this.#keyWords + i]) return false
    return true
  }

  /** See `sumOf`: of the words behind the key. */
  sum(id: number): number {
    const start = this.start(id)
    return sumOf(this.words(id), start, start + this.count(id))
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
    const at = reference & placeMask
    if (chunk[at] === count) {
      const start = at + 1 + this.#stored
      for (let i = 0; i < count; i++) chunk[start + i] = words[this.#keyWords + i]!
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

  /** The last word of a row's key. */
  lastKeyWord(id: number): number {
    const reference = this.#references[id]!
    if (this.#stored > 0) return this.#chunks[reference >>> chunkBits]!.words[(reference & placeMask) + this.#stored]!
    this.#readKey(reference, this.#key)
    return this.#key[this.#keyWords - 1]!
  }

  /** A copy of a row's key. */
  key(id: number): Int32Array {
    const key = new Int32Array(this.#keyWords)
    this.#readKey(this.#references[id]!, key)
    return key
  }

  /** The words among which a row is, the place of its first one behind the key, and how many it has from there on. */
  words(id: number): Int32Array {
    return this.#chunks[this.#references[id]! >>> chunkBits]!.words
  }

  start(id: number): number {
    return (this.#references[id]! & placeMask) + 1 + this.#stored
  }

  count(id: number): number {
    const reference = this.#references[id]!
    return this.#chunks[reference >>> chunkBits]!.words[reference & placeMask]!
  }

  /** Copies the key of a row to the start of `out`. */
  copyKey(id: number, out: Int32Array): void {
    this.#readKey(this.#references[id]!, out)
  }

  /** Copies a row: its key, then its other words. */
  copy(id: number, out: Int32Array): void {
    this.#copy(this.#references[id]!, out)
  }

  bytes(id: number): RowBytes {
    const reference = this.#references[id]!
    const { words, view } = this.#chunks[reference >>> chunkBits]!
    const start = (reference & placeMask) + 1 + this.#stored
    return { view, start: start * 4, end: (start + words[reference & placeMask]!) * 4 }
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
    const length = 1 + this.#stored + count
    const reference = this.#holes.take(length)
    if (reference < 0) return this.#append(words, count, length)
    this.#fill(reference, words, count)
    return reference
  }

  #append(words: Int32Array, count: number, length: number): number {
    if (length > chunkWords) throw new RangeError(`a row has at most ${chunkWords} words, not ${length}`)
    if (this.#top + length > this.#chunks[this.#current]!.words.length) this.#makeRoom(length)
    const reference = referenceTo(this.#current, this.#top)
    this.#top += length
    this.#fill(reference, words, count)
    return reference
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
    this.#holes.reset(this.#current)
    this.#top = 0
  }

  #fill(reference: number, words: Int32Array, count: number): void {
    const { words: chunk } = this.#chunks[reference >>> chunkBits]!
    const at = reference & placeMask
    chunk[at] = count
    const from = this.#keyWords - this.#stored
    const length = this.#stored + count
    for (let i = 0; i < length; i++) chunk[at + 1 + i] = words[from + i]!
  }

  #release(reference: number): void {
    const { words } = this.#chunks[reference >>> chunkBits]!
    const at = reference & placeMask
    const length = 1 + this.#stored + words[at]!
    // So a hole is told from a row, and its length is still known.
    words[at] = ~words[at]!
    this.#holes.add(reference, length)
  }

  /** Rows that went leave holes; once these are two thirds of all words, the emptiest chunk is cleared. */
  #compactIfSparse(): void {
    const holes = this.#holes
    const used = (this.#chunks.length - this.#vacant.length - 1) * chunkWords + this.#top
    if (holes.total < chunkWords || holes.total * 3 < used * 2) return
    let emptiest = -1
    for (let chunk = 0; chunk < this.#chunks.length; chunk++) {
      if (chunk === this.#current || holes.in(chunk) === 0) continue
      if (emptiest < 0 || holes.in(chunk) > holes.in(emptiest)) emptiest = chunk
    }
    if (emptiest >= 0) this.#clear(emptiest)
  }

  /** Moves the rows of a chunk to other places; one chunk at a time, so that it never takes long. */
  #clear(chunk: number): void {
    const { words } = this.#chunks[chunk]!
    this.#holes.reset(chunk)
    // Behind the last row there is no word that is not 0.
    let row = new Int32Array(64)
    for (let at = 0, length: number; at < words.length && words[at] !== 0; at += length) {
      const count = words[at]!
      length = 1 + this.#stored + (count < 0 ? ~count : count)
      if (count < 0) continue
      if (row.length < this.#keyWords + count) row = new Int32Array((this.#keyWords + count) * 2)
      this.#copy(referenceTo(chunk, at), row)
      this.#references[this.find(row)] = this.#write(row, count)
    }
    this.#chunks[chunk] = noChunk
    this.#vacant.push(chunk)
  }

  #readKey(reference: number, out: Int32Array): void {
    const { words } = this.#chunks[reference >>> chunkBits]!
    const at = reference & placeMask
    const told = this.#keyWords - this.#stored
    if (told > 0) this.#keys.read(words, at + 1 + this.#stored, words[at]!, out)
    for (let i = 0; i < this.#stored; i++) out[told + i] = words[at + 1 + i]!
  }

  #copy(reference: number, out: Int32Array): void {
    this.#readKey(reference, out)
    const { words } = this.#chunks[reference >>> chunkBits]!
    const at = reference & placeMask
    const start = at + 1 + this.#stored
    for (let i = 0; i < words[at]!; i++) out[this.#keyWords + i] = words[start + i]!
  }

  #hashOf(id: number): number {
    this.#readKey(this.#references[id]!, this.#key)
    return this.#hash(this.#key)
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
    let id = this.#index.first(hash)
    while (id >= 0 && !this.#sameKey(id, words)) id = this.#index.next()
    return id
  }

  #sameKey(id: number, words: Int32Array): boolean {
    const key = this.#key
    this.#readKey(this.#references[id]!, key)
    for (let i = 0; i < this.#keyWords; i++) if (key[i] !== words[i]) return false
    return true
  }
}

const unused = 0xffffffff

/** A number by which rows are told apart, mostly: rows that are equal have the same. */
export function sumOf(words: Int32Array, start: number, end: number): number {
  let sum = 0
  for (let at = start; at < end; at++) sum = (Math.imul(sum, 31) + words[at]!) | 0
  return sum
}

function grown<T extends Uint32Array | Int32Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}
