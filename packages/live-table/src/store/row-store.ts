import { numberVector } from '@rtnl/vec-utils'
import { hashOf, Row, type RowBytes } from './row.ts'
import { RowIndex } from './row-index.ts'
import { type Chunk, RowMemory } from './row-memory.ts'
import { chunkBits, placeMask, referenceTo } from './row-reference.ts'

/** Reads the keys of rows from their messages, so that they need not be stored. */
export interface KeysOfRows {
  /** Writes the key of the message that begins at `start` and has `count` words to the start of `out`. */
  read(words: Int32Array, start: number, count: number, out: Int32Array): void
}

export interface RowStoreOptions {
  /** Whether several rows may have the same key. A number, the slot, distinguishes them. Default: false, and all slots are 0. */
  readonly slots?: boolean
  /** Reads the keys of rows if they are not stored. Default: the store holds the keys. */
  readonly keys?: KeysOfRows | undefined
}

/**
 * Rows of words with a key of fixed size, in a few large buffers and an open-addressing index. A row takes about 20 bytes
 * besides its words. It has an id, which stays the same until the row is removed. Then another row may get the id.
 *
 * A row in a chunk is the number of words of its message, its key unless `keys` reads that from the message, its slot if
 * rows have slots, and the message. A message has at least one word.
 */
export class RowStore {
  readonly #keyWords: number
  readonly #keys: KeysOfRows | undefined
  /** The number of words of a key that are stored: all or none. */
  readonly #storedKey: number
  /** The number of words between the first word of a row and its message. */
  readonly #stored: number
  /** The key that was read last. */
  readonly #key: Int32Array
  readonly #memory = new RowMemory()
  readonly #chunks: readonly Chunk[] = this.#memory.chunks
  /** By id: the reference to the row; `unused` for ids without a row. */
  #references = new Uint32Array(16)
  #marks = new Uint8Array(16)
  /** The number of ids that were ever used, and those of them that are free. */
  #ids = 0
  readonly #freeIds = numberVector('u32')
  readonly #index = new RowIndex()
  #size = 0

  constructor(keyWords: number, { slots = false, keys }: RowStoreOptions = {}) {
    this.#keyWords = keyWords
    this.#keys = keys
    this.#storedKey = keys === undefined ? keyWords : 0
    this.#stored = this.#storedKey + (slots ? 1 : 0)
    this.#key = new Int32Array(keyWords)
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
    return this.#memory.bytes + this.#references.byteLength + this.#marks.byteLength + this.#index.memory
  }

  has(id: number): boolean {
    return id < this.#ids && this.#references[id] !== unused
  }

  /** Returns the id of the row that has the key of `row` and the slot, or -1. */
  find(row: Row, slot = 0): number {
    let id = this.#index.first(hashIn(slot, row.hash))
    while (id >= 0 && !this.#isAt(id, row.words, slot)) id = this.#index.next()
    return id
  }

  /** Whether the stored row has exactly the message of `row`. */
  equals(id: number, { words, count, keyWords }: Row): boolean {
    const reference = this.#references[id]!
    const { words: chunk } = this.#chunks[reference >>> chunkBits]!
    const at = reference & placeMask
    if (chunk[at] !== count) return false
    const start = at + 1 + this.#stored
    for (let i = 0; i < count; i++) if (chunk[start + i] !== words[keyWords + i]) return false
    return true
  }

  /** Returns the `sumOf` the message of a row. */
  sum(id: number): number {
    const start = this.start(id)
    return sumOf(this.words(id), start, start + this.count(id))
  }

  /** Adds a row, or overwrites the one that has its key and slot. @returns its id */
  put(row: Row, slot = 0): number {
    const id = this.find(row, slot)
    if (id < 0) return this.insert(row, slot)
    this.overwrite(id, row)
    return id
  }

  /** Adds a row whose key and slot no other row has. @returns its id */
  insert(row: Row, slot = 0): number {
    const reference = this.#write(row, slot)
    const id = this.#takeId()
    this.#marks[id] = 0
    this.#references[id] = reference
    this.#size++
    this.#index.insert(id, hashIn(slot, row.hash))
    return id
  }

  /** Replaces the message of a stored row by that of `row`, which has the same key. */
  overwrite(id: number, row: Row): void {
    const reference = this.#references[id]!
    const chunk = this.#chunks[reference >>> chunkBits]!.words
    const at = reference & placeMask
    const { words, count, keyWords } = row
    if (chunk[at] === count) {
      const start = at + 1 + this.#stored
      for (let i = 0; i < count; i++) chunk[start + i] = words[keyWords + i]!
    } else {
      const slot = this.slot(id)
      this.#release(reference)
      this.#references[id] = this.#write(row, slot)
      this.#compactIfSparse()
    }
  }

  /** @param row a row with the same key, if the caller has one: it has the hash */
  remove(id: number, row?: Row): void {
    this.#index.remove(id, hashIn(this.slot(id), row === undefined ? this.#hashOf(id) : row.hash))
    this.#release(this.#references[id]!)
    this.#references[id] = unused
    this.#freeIds.push(id)
    this.#size--
    this.#compactIfSparse()
  }

  /** Returns the number that distinguishes a row from others with its key. */
  slot(id: number): number {
    if (this.#stored === this.#storedKey) return 0
    const reference = this.#references[id]!
    return this.#chunks[reference >>> chunkBits]!.words[(reference & placeMask) + this.#stored]!
  }

  /** Returns the key of a stored row, as a row without a message. */
  keyOf(id: number): Row {
    const row = new Row(this.#keyWords, new Int32Array(this.#keyWords))
    this.readKey(id, row)
    return row
  }

  /** Reads the key of a stored row into `row`, which then has no message. */
  readKey(id: number, row: Row): void {
    this.#readKey(this.#references[id]!, row.words)
    row.count = 0
    row.updateHash()
  }

  /** Returns an array in which the message of a row begins at `start(id)` and has `count(id)` words. */
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

  bytes(id: number): RowBytes {
    const reference = this.#references[id]!
    const { words, view } = this.#chunks[reference >>> chunkBits]!
    const start = (reference & placeMask) + 1 + this.#stored
    return { view, start: start * 4, end: (start + words[reference & placeMask]!) * 4 }
  }

  /** Returns the mark of a row: a byte that the user of the store sets, 0 in a new row. */
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
      this.#marks = grown(this.#marks, new Uint8Array(capacity))
    }
    return this.#ids++
  }

  /** Copies a row into the memory and returns a reference to it. */
  #write(row: Row, slot: number): number {
    const reference = this.#memory.take(1 + this.#stored + row.count)
    const { words: chunk } = this.#chunks[reference >>> chunkBits]!
    const { words, count, keyWords } = row
    let at = reference & placeMask
    chunk[at++] = count
    for (let i = 0; i < this.#storedKey; i++) chunk[at++] = words[i]!
    if (this.#stored > this.#storedKey) chunk[at++] = slot
    for (let i = 0; i < count; i++) chunk[at + i] = words[keyWords + i]!
    return reference
  }

  #release(reference: number): void {
    const { words } = this.#chunks[reference >>> chunkBits]!
    const at = reference & placeMask
    const length = 1 + this.#stored + words[at]!
    // A negative count marks a hole, from which `#clear` can still read the length.
    words[at] = ~words[at]!
    this.#memory.release(reference, length)
  }

  /** Clears a chunk if too many words are holes. It clears one chunk at a time, so that it never takes long. */
  #compactIfSparse(): void {
    const chunk = this.#memory.chunkToClear()
    if (chunk >= 0) this.#clear(chunk)
  }

  /** Moves the rows of a chunk to other places. */
  #clear(chunk: number): void {
    const { words } = this.#chunks[chunk]!
    this.#memory.beginClear(chunk)
    const row = new Row(this.#keyWords)
    // All words behind the last row are 0.
    for (let at = 0, length: number; at < words.length && words[at] !== 0; at += length) {
      const count = words[at]!
      length = 1 + this.#stored + (count < 0 ? ~count : count)
      if (count < 0) continue
      row.reserve(count)
      row.count = count
      this.#readKey(referenceTo(chunk, at), row.words)
      row.updateHash()
      const start = at + 1 + this.#stored
      for (let i = 0; i < count; i++) row.words[this.#keyWords + i] = words[start + i]!
      const slot = this.#stored > this.#storedKey ? words[start - 1]! : 0
      this.#references[this.find(row, slot)] = this.#write(row, slot)
    }
    this.#memory.endClear(chunk)
  }

  #readKey(reference: number, out: Int32Array): void {
    const { words } = this.#chunks[reference >>> chunkBits]!
    const at = reference & placeMask
    this.#keys?.read(words, at + 1 + this.#stored, words[at]!, out)
    for (let i = 0; i < this.#storedKey; i++) out[i] = words[at + 1 + i]!
  }

  #hashOf(id: number): number {
    this.#readKey(this.#references[id]!, this.#key)
    return hashOf(this.#key, this.#keyWords)
  }

  /** Whether a stored row has the slot, and the key that stands at the start of `words`. */
  #isAt(id: number, words: Int32Array, slot: number): boolean {
    const key = this.#key
    this.#readKey(this.#references[id]!, key)
    for (let i = 0; i < this.#keyWords; i++) if (key[i] !== words[i]) return false
    return this.slot(id) === slot
  }
}

/** Returns the hash for the index, from the hash of the key: rows of a list have the same key and differ in their slots. */
function hashIn(slot: number, hash: number): number {
  return hash ^ Math.imul(slot, 0x9e3779b1)
}

const unused = 0xffffffff

/** A checksum of words: equal rows have the same one, and different rows rarely do. */
export function sumOf(words: Int32Array, start: number, end: number): number {
  let sum = 0
  for (let at = start; at < end; at++) sum = (Math.imul(sum, 31) + words[at]!) | 0
  return sum
}

function grown<T extends Uint32Array | Int32Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}
