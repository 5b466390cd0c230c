import type { Room } from '../pcapng/encode.ts'

/** Blocks one behind the other, in chunks of memory. */
export class Blocks {
  readonly #chunkBytes: number
  readonly #full: (blocks: Uint8Array) => void
  #bytes = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)
  /** What was written and not handed over. */
  #begin = 0
  #end = 0

  /**
   * @param chunkBytes bytes of a chunk, if no block is larger
   * @param full is given the blocks of a chunk, or those since it was given some, when there is no room for another
   */
  constructor(chunkBytes: number, full: (blocks: Uint8Array) => void) {
    this.#chunkBytes = chunkBytes
    this.#full = full
  }

  /** Bytes that were written and not handed over. */
  get pending(): number {
    return this.#end - this.#begin
  }

  /** Room for a block of so many bytes at most. */
  room(length: number): Room {
    if (this.#bytes.length - this.#end < length) {
      this.flush()
      this.#bytes = new Uint8Array(Math.max(length, this.#chunkBytes))
      this.#view = new DataView(this.#bytes.buffer)
      this.#begin = 0
      this.#end = 0
    }
    return { bytes: this.#bytes, view: this.#view, at: this.#end }
  }

  /** Says where the block ends that was written to the room. */
  wrote(end: number): void {
    this.#end = end
  }

  /** Hands over what was written. */
  flush(): void {
    if (this.pending === 0) return
    const blocks = this.#bytes.subarray(this.#begin, this.#end)
    this.#begin = this.#end
    this.#full(blocks)
  }
}
