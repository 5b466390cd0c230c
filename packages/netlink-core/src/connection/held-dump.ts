import type { MessageCursor } from '../codec/message-reader.ts'
import type { DumpSink } from './dumper.ts'

/** Bytes of a chunk, if no message is larger, and of the first one: most dumps are small. */
const chunkBytes = 128 * 1024
const firstChunkBytes = 4 * 1024

/**
 * Entries of a batch: so few that to decode and read one takes less than a few milliseconds also in the first dump of a
 * process, whose code no compiler has seen yet.
 */
const batchEntries = 256

/** Messages one after the other, and the offset at which each ends. */
interface Chunk {
  readonly bytes: Uint8Array
  readonly ends: number[]
}

/** Holds the messages of a dump as bytes until the kernel has ended it without an interruption. */
export class HeldDump implements DumpSink {
  readonly #operation: string
  readonly #limit: number
  #chunks: Chunk[] = []
  #held = 0

  /**
   * @param operation names the dump in errors
   * @param limit the most bytes to hold
   */
  constructor(operation: string, limit: number) {
    this.#operation = operation
    this.#limit = limit
  }

  /** @throws {RangeError} the messages have more bytes than the limit */
  message({ view, body, end }: MessageCursor): void {
    const length = end - body
    this.#held += length
    if (this.#held > this.#limit) {
      throw new RangeError(`${this.#operation}: the answer has more than ${this.#limit} bytes; dumpInto holds nothing`)
    }
    let chunk = this.#chunks.at(-1)
    if (chunk === undefined || (chunk.ends.at(-1) ?? 0) + length > chunk.bytes.length) {
      const least = chunk === undefined ? firstChunkBytes : chunkBytes
      chunk = { bytes: new Uint8Array(Math.max(length, least)), ends: [] }
      this.#chunks.push(chunk)
    }
    const at = chunk.ends.at(-1) ?? 0
    chunk.bytes.set(new Uint8Array(view.buffer, view.byteOffset + body, length), at)
    chunk.ends.push(at + length)
  }

  restart(): void {
    this.#chunks = []
    this.#held = 0
  }

  /** Decodes the messages, a batch at a time. */
  *batches<Entry>(decode: (view: DataView, start: number, end: number) => Entry): Generator<Entry[], void, undefined> {
    for (const { bytes, ends } of this.#chunks.splice(0)) {
      const view = new DataView(bytes.buffer)
      let start = 0
      let entries: Entry[] = []
      for (const end of ends) {
        entries.push(decode(view, start, end))
        start = end
        if (entries.length < batchEntries) continue
        yield entries
        entries = []
      }
      if (entries.length > 0) yield entries
    }
  }
}
