import { numberVector } from '@rtnl/vec-utils'
import { ReadRow } from './read-row.ts'
import { hashOf, Row, type RowBytes, sumOf } from './row.ts'
import { RowIndex } from './row-index.ts'
import { type Chunk, RowMemory } from './row-memory.ts'
import { RowPacking } from './row-packing.ts'
import { chunkBits, placeMask } from './row-reference.ts'

/** Reads the keys of rows from their messages, so that they need not be stored. */
export interface KeysOfRows {
  /** Writes the key of the message that begins at `start` and has `count` words to the start of `out`. */
  read(words: Int32Array, start: number, count: number, out: Int32Array): void
}

/**
 * Rows of words with a key of fixed size, in a few large buffers and an open-addressing index. Rows are packed as
 * differences from others (see `RowPacking`); a row takes about 20 bytes besides. It has an id, which stays the same until the
 * row is removed. Then another row may get the id.
 *
 * The words of a row are its key, unless `keys` reads that from the message, and its message. A message has at least one word.
 */
export class RowStore {
  readonly #keyWords: number
  readonly #keys: KeysOfRows | undefined
  /** The number of words of a key that are stored: all or none. */
  readonly #storedKey: number
  /** The key that was read last. */
  readonly #key: Int32Array
  readonly #memory = new RowMemory()
  readonly #chunks: readonly Chunk[] = this.#memory.chunks
  readonly #packing = new RowPacking()
  /** By id: the reference to the row; `unused` for ids without a row. */
  #references = new Uint32Array(16)
  #marks = new Uint8Array(16)
  /** The number of ids that were ever used, and those of them that are free. */
  #ids = 0
  readonly #freeIds = numberVector('u32')
  readonly #index = new RowIndex((id) => hashIn(this.slot(id), this.#hashOf(id)))
  #size = 0
  readonly #row: ReadRow

  /** @param keys reads the keys of rows if they are not stored. Default: the store holds the keys */
  constructor(keyWords: number, keys?: KeysOfRows) {
    this.#keyWords = keyWords
    this.#keys = keys
    this.#storedKey = keys === undefined ? keyWords : 0
    this.#key = new Int32Array(keyWords)
    this.#row = new ReadRow(this.#packing, this.#storedKey)
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
    return (
      this.#memory.bytes +
      this.#packing.memory +
      this.#references.byteLength +
      this.#marks.byteLength +
      this.#index.memory
    )
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
    const read = this.#read(id)
    if (read.count !== count) return false
    const stored = read.chunk.words
    const { start } = read
    for (let i = 0; i < count; i++) if (stored[start + i] !== words[keyWords + i]) return false
    return true
  }

  /** Returns the `sumOf` the message of a row. */
  sum(id: number): number {
    const { chunk, start, count } = this.#read(id)
    return sumOf(chunk.words, start, start + count)
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
    const reference = this.#write(row, slot, this.#memory.take(this.#plan(row, slot)))
    const id = this.#takeId()
    this.#marks[id] = 0
    this.#references[id] = reference
    this.#size++
    this.#index.insert(id, hashIn(slot, row.hash))
    return id
  }

  /** Replaces the message of a stored row by that of `row`, which has the same key. */
  overwrite(id: number, row: Row): void {
    const slot = this.slot(id)
    const reference = this.#references[id]!
    const needed = this.#plan(row, slot)
    const length = this.#packing.release(this.#chunks[reference >>> chunkBits]!.words, reference & placeMask)
    if (needed === length) {
      this.#write(row, slot, reference)
    } else {
      this.#memory.release(reference, length)
      this.#references[id] = this.#write(row, slot, this.#memory.take(needed))
      this.#compactIfSparse()
    }
  }

  remove(id: number): void {
    this.#index.remove(id, hashIn(this.slot(id), this.#hashOf(id)))
    const reference = this.#references[id]!
    const { words } = this.#chunks[reference >>> chunkBits]!
    this.#memory.release(reference, this.#packing.release(words, reference & placeMask))
    this.#row.id = -1
    this.#references[id] = unused
    this.#freeIds.push(id)
    this.#size--
    this.#compactIfSparse()
  }

  /** Returns the number that distinguishes a row from others with its key. */
  slot(id: number): number {
    const reference = this.#references[id]!
    return this.#packing.slot(this.#chunks[reference >>> chunkBits]!.words, reference & placeMask)
  }

  /** Returns the key of a stored row, as a row without a message. */
  keyOf(id: number): Row {
    const row = new Row(this.#keyWords, new Int32Array(this.#keyWords))
    this.readKey(id, row)
    return row
  }

  /** Reads the key of a stored row into `row`, which then has no message. */
  readKey(id: number, row: Row): void {
    this.#copyKey(this.#read(id), row.words)
    row.count = 0
    row.updateHash()
  }

  /**
   * Returns an array in which the message of a row begins at `start(id)` and has `count(id)` words. It is valid until another
   * row is read, or the store changes.
   */
  words(id: number): Int32Array {
    return this.#read(id).chunk.words
  }

  start(id: number): number {
    return this.#read(id).start
  }

  count(id: number): number {
    return this.#read(id).count
  }

  /** Returns the bytes of a row. They are valid until another row is read, or the store changes. */
  bytes(id: number): RowBytes {
    const { chunk, start, count } = this.#read(id)
    return { view: chunk.view, start: start * 4, end: (start + count) * 4 }
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

  /** Finds out how a row is packed. @returns the words that it takes */
  #plan({ words, keyWords, count }: Row, slot: number): number {
    const storedKey = this.#storedKey
    return this.#packing.plan(words, keyWords - storedKey, storedKey + count, slot)
  }

  /** Writes the row that was planned. @returns the reference */
  #write({ words, keyWords, count }: Row, slot: number, reference: number): number {
    const storedKey = this.#storedKey
    const chunk = this.#chunks[reference >>> chunkBits]!.words
    this.#packing.write(words, keyWords - storedKey, storedKey + count, slot, chunk, reference & placeMask)
    this.#row.id = -1
    return reference
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
      length = this.#packing.length(words, at)
      if (words[at]! < 0) continue
      const slot = this.#packing.slot(words, at)
      const read = this.#row
      read.read(this.#chunks[chunk]!, at, -1)
      row.reserve(read.count)
      row.count = read.count
      this.#copyKey(read, row.words)
      row.updateHash()
      for (let i = 0; i < row.count; i++) row.words[this.#keyWords + i] = read.chunk.words[read.start + i]!
      const id = this.find(row, slot)
      const needed = this.#plan(row, slot)
      this.#packing.release(words, at)
      this.#references[id] = this.#write(row, slot, this.#memory.take(needed))
    }
    this.#memory.endClear(chunk)
  }

  /** Reads a row, unless it was read last. */
  #read(id: number): ReadRow {
    const read = this.#row
    if (id === read.id) return read
    const reference = this.#references[id]!
    read.read(this.#chunks[reference >>> chunkBits]!, reference & placeMask, id)
    return read
  }

  /** Writes the key of the row that was read to the start of `out`. */
  #copyKey({ chunk, start, count }: ReadRow, out: Int32Array): void {
    const storedKey = this.#storedKey
    this.#keys?.read(chunk.words, start, count, out)
    for (let i = 0; i < storedKey; i++) out[i] = chunk.words[start - storedKey + i]!
  }

  /** Returns the hash of the key of a row. */
  #hashOf(id: number): number {
    this.#copyKey(this.#read(id), this.#key)
    return hashOf(this.#key, this.#keyWords)
  }

  /** Whether a stored row has the slot, and the key that stands at the start of `words`. */
  #isAt(id: number, words: Int32Array, slot: number): boolean {
    const key = this.#key
    this.#copyKey(this.#read(id), key)
    for (let i = 0; i < this.#keyWords; i++) if (key[i] !== words[i]) return false
    return this.slot(id) === slot
  }
}

/** Returns the hash for the index, from the hash of the key: rows of a list have the same key and differ in their slots. */
function hashIn(slot: number, hash: number): number {
  return hash ^ Math.imul(slot, 0x9e3779b1)
}

const unused = 0xffffffff

function grown<T extends Uint32Array | Int32Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}
