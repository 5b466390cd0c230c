import { numberVector } from '@rtnl/vec-utils'
import { hashOf, Row, type RowBytes } from './row.ts'
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

/** Reads the keys of rows out of their messages, so that they need not be stored. */
export interface KeysOfRows {
  /** Writes the key of the message of `count` words that begins at `start` to the start of `out`. */
  read(words: Int32Array, start: number, count: number, out: Int32Array): void
}

export interface RowStoreOptions {
  /** Many rows may have one key: a number, the slot, tells them apart. Without it the slot of all rows is 0. */
  readonly slots?: boolean
  /** Given where keys are not to be stored. */
  readonly keys?: KeysOfRows | undefined
}

/**
 * Rows of words with a key of fixed size, in a few large buffers and an open-addressing index: about 20 bytes a row
 * beside its words. A row has an id, which stays the same until the row is removed and is then used again.
 *
 * In a chunk a row is the number of the words of its message, its key unless the message tells it, its slot if rows have one, and the
 * message. A message has at least one word.
 */
export class RowStore {
  readonly #keyWords: number
  readonly #keys: KeysOfRows | undefined
  /** Words of a key that are stored: all or none. */
  readonly #storedKey: number
  /** Words that are stored between the number of words and the message. */
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

  constructor(keyWords: number, { slots = false, keys }: RowStoreOptions = {}) {
    this.#keyWords = keyWords
    this.#keys = keys
    this.#storedKey = keys === undefined ? keyWords : 0
    this.#stored = this.#storedKey + (slots ? 1 : 0)
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

  /** The id of the row with the key of `row` in a slot, or -1. */
  find(row: Row, slot = 0): number {
    let id = this.#index.first(hashIn(slot, row.hash))
    while (id >= 0 && !this.#isAt(id, row.words, slot)) id = this.#index.next()
    return id
  }

  /** Whether a row has exactly the message of `row`. */
  equals(id: number, { words, count, keyWords }: Row): boolean {
    const reference = this.#references[id]!
    const { words: chunk } = this.#chunks[reference >>> chunkBits]!
    const at = reference & placeMask
    if (chunk[at] !== count) return false
    const start = at + 1 + this.#stored
    for (let i = 0; i < count; i++) if (chunk[start + i] !== words[keyWords + i]) return false
    return true
  }

  /** See `sumOf`: of the message. */
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

  /** Adds a row whose key and slot none has yet. @returns its id */
  insert(row: Row, slot = 0): number {
    const reference = this.#write(row, slot)
    const id = this.#takeId()
    this.#marks[id] = 0
    this.#references[id] = reference
    this.#size++
    this.#index.insert(id, hashIn(slot, row.hash))
    return id
  }

  /** Gives a row the message of `row`, which has the same key. */
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

  /** @param row one with the same key, if there is one at hand: it has the hash */
  remove(id: number, row?: Row): void {
    this.#index.remove(id, hashIn(this.slot(id), row === undefined ? this.#hashOf(id) : row.hash))
    this.#release(this.#references[id]!)
    this.#references[id] = unused
    this.#freeIds.push(id)
    this.#size--
    this.#compactIfSparse()
  }

  /** What tells a row from others with its key. */
  slot(id: number): number {
    if (this.#stored === this.#storedKey) return 0
    const reference = this.#references[id]!
    return this.#chunks[reference >>> chunkBits]!.words[(reference & placeMask) + this.#stored]!
  }

  /** The key of a row, as a row without a message. */
  keyOf(id: number): Row {
    const row = new Row(this.#keyWords, new Int32Array(this.#keyWords))
    this.readKey(id, row)
    return row
  }

  /** Makes `row` one that has the key of a row, and no message. */
  readKey(id: number, row: Row): void {
    this.#readKey(this.#references[id]!, row.words)
    row.count = 0
    row.updateHash()
  }

  /** The words among which the message of a row is, the place of its first one, and how many it has. */
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
      this.#marks = grown(this.#marks, new Uint8Array(capacity))
    }
    return this.#ids++
  }

  /** Copies a row to a free place and returns its reference. */
  #write(row: Row, slot: number): number {
    const length = 1 + this.#stored + row.count
    const hole = this.#holes.take(length)
    const reference = hole < 0 ? this.#append(length) : hole
    const { words: chunk } = this.#chunks[reference >>> chunkBits]!
    const { words, count, keyWords } = row
    let at = reference & placeMask
    chunk[at++] = count
    for (let i = 0; i < this.#storedKey; i++) chunk[at++] = words[i]!
    if (this.#stored > this.#storedKey) chunk[at++] = slot
    for (let i = 0; i < count; i++) chunk[at + i] = words[keyWords + i]!
    return reference
  }

  /** Takes words behind all rows and returns a reference to them. */
  #append(length: number): number {
    if (length > chunkWords) throw new RangeError(`a row has at most ${chunkWords} words, not ${length}`)
    if (this.#top + length > this.#chunks[this.#current]!.words.length) this.#makeRoom(length)
    const reference = referenceTo(this.#current, this.#top)
    this.#top += length
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
    const row = new Row(this.#keyWords)
    // Behind the last row there is no word that is not 0.
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
    this.#chunks[chunk] = noChunk
    this.#vacant.push(chunk)
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

  /** Whether a row has the key at the start of `words`, and is in the slot. */
  #isAt(id: number, words: Int32Array, slot: number): boolean {
    const key = this.#key
    this.#readKey(this.#references[id]!, key)
    for (let i = 0; i < this.#keyWords; i++) if (key[i] !== words[i]) return false
    return this.slot(id) === slot
  }
}

/** The hash by which a row is found, of that of its key. The rows of a list differ in their slots alone. */
function hashIn(slot: number, hash: number): number {
  return hash ^ Math.imul(slot, 0x9e3779b1)
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
