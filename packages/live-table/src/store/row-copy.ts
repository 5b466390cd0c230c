import type { Message, Writer } from '@rtnl/netlink-core'
import type { EntryRows } from './entry-rows.ts'

/** 64 KiB */
const wordsTogether = 1 << 14

/** A row as it was, whatever becomes of the rows that it was copied from. */
export class RowCopy<Entry> {
  readonly message: Message<Entry>
  /** The words among which the copy is, the place of its first one, and how many it has. */
  readonly words: Int32Array
  readonly start: number
  readonly count: number
  #entry: Entry | undefined

  /** @param entry what was put in, where the row does not give it back */
  constructor(message: Message<Entry>, words: Int32Array, start: number, count: number, entry?: Entry) {
    this.message = message
    this.words = words
    this.start = start
    this.count = count
    this.#entry = entry
  }

  /** Decoded when it is asked for. */
  get entry(): Entry {
    if (this.#entry === undefined) {
      const { buffer, byteOffset } = this.words
      const view = new DataView(buffer)
      const start = byteOffset + this.start * 4
      this.#entry = this.message.decode(view, start, start + this.count * 4)
    }
    return this.#entry
  }

  /** Writes it as what follows the header of a message. */
  writeTo(writer: Writer): void {
    writer.words(this.words, this.start, this.count)
  }
}

/** Makes copies of rows: many stand in one buffer, which goes when none of them is in use any more. */
export class RowCopies<Entry> {
  #words = new Int32Array(0)
  #top = 0

  take(rows: EntryRows<Entry>, id: number): RowCopy<Entry> {
    const { store, definition } = rows
    const count = store.count(id)
    if (this.#top + count > this.#words.length) {
      this.#words = new Int32Array(Math.max(wordsTogether, count))
      this.#top = 0
    }
    const start = this.#top
    this.#top += count
    const words = store.words(id)
    const from = store.start(id)
    for (let i = 0; i < count; i++) this.#words[start + i] = words[from + i]!
    return new RowCopy(definition.message, this.#words, start, count, rows.original(id))
  }
}
