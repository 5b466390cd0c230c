import type { Room } from '../pcapng/encode.ts'
import { Blocks } from './blocks.ts'
import type { Store } from './store.ts'

/** Bytes that the memory is taken in; less for a small ring. */
const largestChunk = 256 * 1024

/** Keeps the latest blocks in memory: an older and a younger half, of which the older one goes as a whole. */
export class Ring implements Store {
  readonly #limit: number
  readonly #turned: () => void
  readonly #blocks: Blocks
  /** The blocks that declare the sockets. They are few: sockets that come and go take the places of others. */
  readonly #declarations: Uint8Array[] = []
  #older: Uint8Array[] = []
  #younger: Uint8Array[] = []
  #size = 0

  /**
   * @param limit the most bytes to keep
   * @param turned is called when an older half has gone
   */
  constructor(limit: number, turned: () => void) {
    this.#limit = limit
    this.#turned = turned
    this.#blocks = new Blocks(Math.min(largestChunk, limit / 8), (blocks) => this.#keep(blocks))
  }

  room(length: number): Room {
    return this.#blocks.room(length)
  }

  wrote(end: number): void {
    this.#blocks.wrote(end)
    if (this.#size + this.#blocks.pending < this.#limit / 2) return
    this.#blocks.flush()
    const turns = this.#older.length > 0
    this.#older = this.#younger
    this.#younger = []
    this.#size = 0
    if (turns) this.#turned()
  }

  declare(block: Uint8Array): void {
    this.#declarations.push(block)
  }

  close(): void {}

  /** What is kept: the declarations, and the blocks in their order. */
  content(): readonly Uint8Array[] {
    this.#blocks.flush()
    return [...this.#declarations, ...this.#older, ...this.#younger]
  }

  #keep(blocks: Uint8Array): void {
    this.#younger.push(blocks)
    this.#size += blocks.length
  }
}
