import { align, type Message, type Writer } from '@rtnl/netlink-core'
import { typeOf, wordsOf } from './attribute-head.ts'

/**
 * A selection of fields, which is looked for in rows and written from them without making objects. Hidden header fields
 * belong to every selection.
 */
export class RowSelection<Entry> {
  /** For each word of the header, the bits that belong to the selection. */
  readonly #header: Int32Array
  readonly #headerWritten: Int32Array
  /** By attribute type: 1 if a selected field is made of it. */
  readonly #types: Uint8Array

  /** @throws {TypeError} there is no such field */
  constructor(message: Message<Entry>, fields: readonly (keyof Entry & string)[]) {
    const { plan } = message.set
    for (const name of fields) {
      if (!plan.names.includes(name)) throw new TypeError(`${message.name}: there is no field ${name}`)
    }
    const isSelected = (name: string): boolean => fields.includes(name as keyof Entry & string)
    const header = new Uint8Array(align(plan.headerSize)).fill(0xff)
    for (const { name, offset, kind, visible } of plan.header) {
      if (visible && !isSelected(name)) header.fill(0, offset, offset + kind.size)
    }
    this.#header = new Int32Array(header.buffer)
    this.#headerWritten = new Int32Array(this.#header.length)
    const attributes = plan.attributes.filter(({ name }) => isSelected(name)).map(({ type }) => type)
    const composed = plan.composed.filter(({ name }) => isSelected(name)).flatMap(({ spans }) => spans)
    const types = [...attributes, ...composed.map((index) => plan.spans[index]!.type)]
    this.#types = new Uint8Array(Math.max(0, ...types) + 1)
    for (const type of types) this.#types[type] = 1
  }

  /** Whether a row has an attribute of which a selected field is made. */
  isMet(words: Int32Array, start: number, count: number): boolean {
    const end = start + count
    for (let at = start + this.#header.length; at < end; at += wordsOf(words[at]!)) {
      if (this.#types[typeOf(words[at]!)] === 1) return true
    }
    return false
  }

  /** Writes the selected fields of a row as the bytes that follow `struct nlmsghdr`. */
  write(writer: Writer, words: Int32Array, start: number, count: number): void {
    const header = this.#header
    for (let i = 0; i < header.length; i++) this.#headerWritten[i] = words[start + i]! & header[i]!
    writer.words(this.#headerWritten, 0, header.length)
    const end = start + count
    // Neighbouring selected attributes are written together.
    let from = start + header.length
    let at = from
    for (; at < end; at += wordsOf(words[at]!)) {
      if (this.#types[typeOf(words[at]!)] === 1) continue
      writer.words(words, from, at - from)
      from = at + wordsOf(words[at]!)
    }
    writer.words(words, from, at - from)
  }
}

/** Values of some header fields, which are looked for in rows. */
export class RowMark<Entry> {
  readonly #masks: Int32Array
  readonly #values: Int32Array

  /** @throws {TypeError} a field is not in the header */
  constructor(message: Message<Entry>, fields: Partial<Entry>) {
    const { plan } = message.set
    const size = align(plan.headerSize)
    const masks = new Uint8Array(size)
    const values = new DataView(new ArrayBuffer(size))
    for (const [name, value] of Object.entries(fields)) {
      const field = plan.header.find((candidate) => candidate.visible && candidate.name === name)
      if (field === undefined) throw new TypeError(`${message.name}: the header has no field ${name}`)
      const { offset, kind } = field
      masks.fill(0xff, offset, offset + kind.size)
      kind.set(values, offset, value as number)
    }
    this.#masks = new Int32Array(masks.buffer)
    this.#values = new Int32Array(values.buffer)
  }

  /** Whether the row that begins at `start` has these values. */
  isOn(words: Int32Array, start: number): boolean {
    const masks = this.#masks
    for (let i = 0; i < masks.length; i++) if ((words[start + i]! & masks[i]!) !== this.#values[i]) return false
    return true
  }
}
