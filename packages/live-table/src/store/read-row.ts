import { type Chunk, makeChunk } from './row-memory.ts'
import type { RowPacking } from './row-packing.ts'

/** Words of the array for a packed row: more than it has. */
const unpackedWords = 64

/** The row of a store that was read last. A row that is not packed is read where it is. */
export class ReadRow {
  /** Its id; -1 if it may have changed since. */
  id = -1
  /** Where the words of its message are, the first of them, and their number. Its key stands before them, if it is stored. */
  chunk: Chunk
  start = 0
  count = 0
  readonly #unpacked = makeChunk(unpackedWords)
  readonly #packing: RowPacking
  readonly #storedKey: number

  constructor(packing: RowPacking, storedKey: number) {
    this.#packing = packing
    this.#storedKey = storedKey
    this.chunk = this.#unpacked
  }

  /** Reads the row that begins at `at` of a chunk. */
  read(chunk: Chunk, at: number, id: number): void {
    const { words } = chunk
    const packing = this.#packing
    const storedKey = this.#storedKey
    this.id = id
    this.count = packing.count(words, at) - storedKey
    if (packing.isPlain(words, at)) {
      this.chunk = chunk
      this.start = packing.plainStart(words, at) + storedKey
    } else {
      packing.unpack(words, at, this.#unpacked.words)
      this.chunk = this.#unpacked
      this.start = storedKey
    }
  }
}
