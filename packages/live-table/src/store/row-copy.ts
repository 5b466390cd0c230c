import type { Message, Writer } from '@rtnl/netlink-core'
import type { EntryRows } from './entry-rows.ts'

/** Words of a buffer that copies share: 64 KiB. */
const wordsTogether = 1 << 14

/** A copy of a row, which stays as it is when the table changes. */
export class RowCopy<Entry> {
  readonly message: Message<Entry>
  /** An array in which the copy begins at `start` and has `count` words. */
  readonly words: Int32Array
  readonly start: number
  readonly count: number
  #entry: Entry | undefined

  /** @param entry see `EntryRows.original` */
  constructor(message: Message<Entry>, words: Int32Array, start: number, count: number, entry?: Entry) {
    this.message = message
    this.words = words
    this.start = start
    this.count = count
    this.#entry = entry
  }

  /** The entry, decoded at the first call. */
  get entry(): Entry {
    if (this.#entry === undefined) {
      const { buffer, byteOffset } = this.words
      const view = new DataView(buffer)
      const start = byteOffset + this.start * 4
      this.#entry = this.message.decode(view, start, start + this.count * 4)
    }
    return this.#entry
  }

  /** Writes the row as the bytes that follow `struct nlmsghdr`. */
  writeTo(writer: Writer): void {
    writer.words(this.words, this.start, this.count)
  }
}

/** Makes copies of rows. Many copies share a buffer, which is collected as garbage once none of them is in use. */
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
