import { align, DecodeError, littleEndian, type Message } from '@rtnl/netlink-core'
import type { KeyPart } from '../definition.ts'
import { typeOf, wordsOf } from './attribute-head.ts'

/** The most words of a key: each comparison reads all of them, and many tables store them with each row. */
const mostWords = 64

/** The place of a key field in the header: a word, and the bits in it. */
export interface HeaderPart {
  readonly word: number
  readonly shift: number
  readonly mask: number
}

/**
 * Reads the keys of rows. Each field has a fixed number of words, so that keys with different absent attributes are
 * different. The words of an absent attribute are 0.
 */
export class RowKeys<Entry> {
  /** Words of every key. */
  readonly words: number
  readonly #name: string
  readonly #headerWords: number
  /** The header fields in the key, a word for each. The attributes are behind them. */
  readonly header: readonly HeaderPart[]
  /** By attribute type: the place of the attribute in the key, and its number of words there; 0 if it is not in the key. */
  readonly target: Uint16Array
  readonly room: Uint16Array

  /**
   * @throws {TypeError} there is no such field
   * @throws {RangeError} the key is too long
   */
  constructor(message: Message<Entry>, key: readonly KeyPart[]) {
    const { plan } = message.set
    this.#name = message.name
    this.#headerWords = align(plan.headerSize) >> 2
    const header: { offset: number; size: number }[] = []
    const attributes: { name: string; type: number; room: number }[] = []
    for (const part of key) {
      const name = typeof part === 'string' ? part : part.field
      const field = plan.header.find((candidate) => candidate.name === name)
      if (field !== undefined) {
        header.push({ offset: field.offset, size: field.kind.size })
        continue
      }
      const attribute = plan.attributes.find((candidate) => candidate.name === name)
      const spans = plan.composed.find((candidate) => candidate.name === name)?.spans.map((index) => plan.spans[index]!)
      // A composed field has a part for each attribute that it is made of.
      const parts = attribute === undefined ? spans : [{ type: attribute.type, maximum: attribute.kind.maximum }]
      if (parts === undefined) throw new TypeError(`key of ${message.name}: there is no field ${name}`)
      for (const { type, maximum } of parts) {
        attributes.push({ name, type, room: align(typeof part === 'string' ? maximum : part.bytes) >> 2 })
      }
    }
    this.header = inWords(header).map(partOf)
    const types = Math.max(0, ...plan.attributes.map(({ type }) => type), ...plan.spans.map(({ type }) => type)) + 1
    this.target = new Uint16Array(types)
    this.room = new Uint16Array(types)
    let words = this.header.length
    for (const { type, room } of attributes) {
      this.target[type] = words
      this.room[type] = room
      words += room
    }
    if (words > mostWords) {
      const longest = attributes.reduce((one, other) => (other.room > one.room ? other : one))
      throw new RangeError(
        `key of ${message.name}: it takes ${words} words of 4 bytes, and may take ${mostWords}; ` +
          `say how many bytes ${longest.name} has, which takes ${longest.room} words`,
      )
    }
    this.words = words
  }

  /**
   * Writes the key of a message to the start of `out`.
   * @param words an array in which the message begins at `start` and has `count` words
   * @throws {DecodeError} an attribute does not fit
   */
  read(words: Int32Array, start: number, count: number, out: Int32Array): void {
    this.begin(words, start, out)
    const end = start + count
    for (let at = start + this.#headerWords; at < end; at += wordsOf(words[at]!)) {
      this.add(words, at, typeOf(words[at]!), wordsOf(words[at]!) - 1, out)
    }
  }

  /** The first step of `read`: writes the header fields, and 0 for all attributes. */
  begin(words: Int32Array, start: number, out: Int32Array): void {
    const header = this.header
    for (let place = 0; place < header.length; place++) {
      const { word, shift, mask } = header[place]!
      out[place] = (words[start + word]! >>> shift) & mask
    }
    for (let place = header.length; place < this.words; place++) out[place] = 0
  }

  /**
   * The next step of `read`: writes an attribute, whose head is at `at`.
   * @param type a declared attribute type
   * @param payload number of its words, of which the last one is padded with 0
   * @throws {DecodeError} the attribute does not fit
   */
  add(words: Int32Array, at: number, type: number, payload: number, out: Int32Array): void {
    const room = this.room[type]!
    if (room === 0) return
    if (payload > room) this.unfit(payload, room)
    const target = this.target[type]!
    for (let i = 0; i < room; i++) out[target + i] = i < payload ? words[at + 1 + i]! : 0
  }

  /** @throws {DecodeError} an attribute of so many words does not fit */
  unfit(payload: number, room: number): never {
    throw new DecodeError(this.#name, '', 0, `payload of ${payload} words does not fit a key of ${room}`)
  }
}

/** Joins four one-byte header fields that fill a word to one word of the key. */
function inWords(fields: readonly { offset: number; size: number }[]): { offset: number; size: number }[] {
  const words: { offset: number; size: number }[] = []
  for (let first = 0; first < fields.length; ) {
    const { offset, size } = fields[first]!
    const together = fields.slice(first, first + 4).every((field, i) => field.size === 1 && field.offset === offset + i)
    const filled = together && offset % 4 === 0 && first + 4 <= fields.length
    words.push(filled ? { offset, size: 4 } : { offset, size })
    first += filled ? 4 : 1
  }
  return words
}

function partOf({ offset, size }: { offset: number; size: number }): HeaderPart {
  const behind = offset & 3
  const shift = (littleEndian ? behind : 4 - behind - size) * 8
  return { word: offset >> 2, shift, mask: size === 4 ? -1 : (1 << (size * 8)) - 1 }
}
