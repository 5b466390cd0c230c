import { align, attributeTypeMask, DecodeError, littleEndian, type Message } from '@rtnl/netlink-core'
import type { KeyPart } from '../definition.ts'
import { typeOf, wordsOf } from './attribute-head.ts'
import type { Row } from './row.ts'
import { RowKeys } from './row-keys.ts'
import { compiledReader, type RowReader } from './row-reader.ts'

/** Messages after which the reader is compiled. Most tables have fewer, and are read sooner without. */
const readsUntilCompiled = 64

/**
 * Says which words of a message make up a row, and which of them its key.
 *
 * A row is the message as the kernel sent it, without `struct nlmsghdr` and without the attributes that the declaration does
 * not know. So an entry takes little more memory than its bytes on the wire, and comparing words finds out whether it
 * changed. A row becomes an object only when somebody reads it.
 */
export class RowLayout<Entry> {
  readonly message: Message<Entry>
  readonly #first: number
  readonly #headerSize: number
  /** By attribute type: bounds of the payload, or -1 for a type that is not kept. */
  readonly #minimum: Int32Array
  readonly #maximum: Int32Array
  /** By attribute type: 1 if the bounds do not suffice to validate the payload, so that the message has to be decoded. */
  readonly #deep: Uint8Array
  /** By attribute type: for each payload length from the minimum on, 1 if it is valid; `undefined` if all within the bounds are. */
  readonly #lengths: (Uint8Array | undefined)[]
  /** By attribute type: 1 if only volatile fields, which change by themselves, are made of it. */
  readonly #volatile: Uint8Array
  /** By attribute type: the word, counted from its head, that is 0 if a volatile field is absent; 0 for all other types. */
  readonly #presence: Uint8Array
  /** By attribute type: 1 if it is written for a volatile field whose presence counts, and not read. */
  readonly #writtenOnly: Uint8Array
  /** By attribute type: flags of `half`. */
  readonly #halves: Uint8Array

  /**
   * @throws {TypeError} the key has a field that the message lacks
   * @throws {RangeError} the key is too long
   */
  constructor(message: Message<Entry>, key: readonly KeyPart[]) {
    this.message = message
    const { plan } = message.set
    this.#first = align(plan.headerSize)
    this.#headerSize = plan.headerSize
    const types = [...plan.attributes.map(({ type }) => type), ...plan.spans.map(({ type }) => type)]
    const size = Math.max(0, ...types) + 1
    this.#minimum = new Int32Array(size).fill(-1)
    this.#maximum = new Int32Array(size).fill(-1)
    this.#deep = new Uint8Array(size)
    const accepted: (readonly number[] | undefined)[] = Array.from({ length: size })
    const accept = (type: number, lengths: readonly number[] | undefined): void => {
      if (lengths !== undefined)
        accepted[type] = accepted[type]?.filter((length) => lengths.includes(length)) ?? lengths
    }
    for (const { type, kind } of plan.attributes) {
      this.#minimum[type] = kind.minimum
      this.#maximum[type] = kind.maximum
      if (kind.total !== true) this.#deep[type] = 1
      accept(type, kind.lengths)
    }
    for (const { type, minimum, maximum, lengths } of plan.spans) {
      this.#minimum[type] = Math.max(this.#minimum[type]!, minimum)
      this.#maximum[type] = this.#maximum[type]! < 0 ? maximum : Math.min(this.#maximum[type]!, maximum)
      if (lengths === undefined) this.#deep[type] = 1
      accept(type, lengths)
    }
    this.#lengths = accepted.map(
      (lengths, type) => lengths && flagsOf(lengths, this.#minimum[type]!, this.#maximum[type]!),
    )
    this.#volatile = new Uint8Array(size)
    for (const { type, volatile } of plan.attributes) if (volatile) this.#volatile[type] = 1
    for (const { field, spans } of plan.composed) {
      if (field.volatile === true) for (const index of spans) this.#volatile[plan.spans[index]!.type] = 1
    }
    for (const { field, spans } of plan.composed) {
      if (field.volatile !== true) for (const index of spans) this.#volatile[plan.spans[index]!.type] = 0
    }
    this.#presence = new Uint8Array(size)
    this.#writtenOnly = new Uint8Array(size)
    for (const { field, spans } of plan.composed) {
      if (field.presence === undefined) continue
      for (const [place, index] of spans.entries()) {
        const { type } = plan.spans[index]!
        if (place === 0) this.#presence[type] = 1 + (field.presence.offset >> 2)
        else this.#writtenOnly[type] = 1
      }
    }
    this.#halves = new Uint8Array(size)
    for (const field of plan.composed) {
      const fieldSpans = field.spans.map((index) => plan.spans[index]!)
      for (const { type } of fieldSpans.filter(({ readOnly }) => readOnly === true)) {
        // An attribute that is a field of its own is present if the entry has that field. Others come from the kernel alone.
        const isField = plan.attributes.some((attribute) => attribute.type === type)
        for (const span of fieldSpans)
          if (span.type !== type) this.#halves[span.type]! |= isField ? half.withField : half.alone
        this.#halves[type]! |= isField ? half.field : half.alone
      }
    }
    this.keys = new RowKeys(message, key)
  }

  readonly keys: RowKeys<Entry>
  #reads = 0

  /**
   * Reads a message into `row`, its key and the words of its known attributes, in one walk. The caller updates the hash, since
   * it may change the key before.
   * @throws {DecodeError} the message is malformed; the content of `row` then means nothing
   */
  read: RowReader = (view, words, body, end, row) => {
    this.interpret(view, words, body, end, row)
    if (++this.#reads === readsUntilCompiled && this.message.set.engine === 'compiled') this.read = this.compiled()
  }

  /** Does what `read` does, compiled for this layout. */
  compiled(): RowReader {
    const { keys, message } = this
    const types = Array.from(this.#minimum.keys()).filter((type) => this.#minimum[type]! >= 0)
    return compiledReader({
      headerSize: this.#headerSize,
      headerWords: this.#first >> 2,
      keyWords: keys.words,
      keyHeader: keys.header,
      attributes: types.map((type) => {
        const minimum = this.#minimum[type]!
        const lengths = this.#lengths[type]
        return {
          type,
          minimum,
          maximum: this.#maximum[type]!,
          lengths: lengths && Array.from(lengths.keys(), (at) => minimum + at).filter((_, at) => lengths[at] !== 0),
          deep: this.#deep[type] !== 0,
          target: keys.target[type]!,
          room: keys.room[type]!,
        }
      }),
      problems: {
        header: (at) => this.#shortHeader(at),
        length: (at, length, left) => this.#impossible(at, length, left),
        payload: (at, payload, type) => this.#unfit(at, payload, type),
        key: (payload, room) => keys.unfit(payload, room),
      },
      decode: (view, body, end) => void message.decode(view, body, end),
    })
  }

  /** Does what `read` does, as a loop over tables. */
  interpret(view: DataView, words: Int32Array, body: number, end: number, row: Row): void {
    if (end - body < this.#headerSize) this.#shortHeader(body)
    // The padding of the last attribute may be missing.
    row.reserve((end - body + 7) >> 2)
    const { keys } = this
    const out = row.words
    let to = keys.words
    let from = body >> 2
    for (const last = (body + this.#first) >> 2; from < last; from++) out[to++] = words[from]!
    keys.begin(out, keys.words, out)
    let deep = false
    let at = body + this.#first
    while (at < end) {
      const left = end - at
      const word = left < 4 ? 0 : words[at >> 2]!
      const length = littleEndian ? word & 0xffff : word >>> 16
      if (length < 4 || length > left) this.#impossible(at, length, left)
      const type = (littleEndian ? word >>> 16 : word) & attributeTypeMask
      if (type < this.#minimum.length && this.#minimum[type]! >= 0) {
        const payload = length - 4
        const minimum = this.#minimum[type]!
        const lengths = this.#lengths[type]
        if (
          payload < minimum ||
          payload > this.#maximum[type]! ||
          (lengths !== undefined && lengths[payload - minimum] === 0)
        ) {
          this.#unfit(at, payload, type)
        }
        if (this.#deep[type] !== 0) deep = true
        const head = to
        const last = (at + length - 1) >> 2
        for (let from = at >> 2; from < last; from++) out[to++] = words[from]!
        // The bytes of the padding must not make two rows different.
        out[to++] = words[last]! & tailMask(length)
        keys.add(out, head, type, to - head - 1, out)
      }
      at += (length + 3) & ~3
    }
    if (deep) this.message.decode(view, body, end)
    row.count = to - keys.words
  }

  /**
   * Whether two rows have the same header and the same attributes in any order, volatile ones excepted. Rows that do not may
   * still be decoded to equal entries.
   * @param one an array in which the message of the first row begins at `oneStart` and has `oneCount` words
   */
  equivalent(
    one: Int32Array,
    oneStart: number,
    oneCount: number,
    other: Int32Array,
    otherStart: number,
    otherCount: number,
  ): boolean {
    const header = this.#first >> 2
    for (let i = 0; i < header; i++) if (one[oneStart + i] !== other[otherStart + i]) return false
    const oneEnd = oneStart + oneCount
    const otherEnd = otherStart + otherCount
    const seen = this.#typesOf(one, oneStart + header, oneEnd)
    if (seen === unclear || seen !== this.#typesOf(other, otherStart + header, otherEnd)) return false
    // The attributes usually have the same order, so the next one is tried first.
    let next = otherStart + header
    for (let at = oneStart + header; at < oneEnd; ) {
      const head = one[at]!
      const words = wordsOf(head)
      if (this.#volatile[typeOf(head)] === 0) {
        const place = next < otherEnd && other[next] === head ? next : find(other, otherStart + header, otherEnd, head)
        if (place < 0) return false
        for (let i = 1; i < words; i++) if (one[at + i] !== other[place + i]) return false
        next = place + words
      }
      at += words
    }
    return true
  }

  /**
   * Whether a row that was encoded from an entry is decoded to the same entry. It is not if an attribute needs another one
   * that the kernel adds, or if another attribute changes its meaning (see `half`).
   */
  givesBack(words: Int32Array, start: number, count: number): boolean {
    let halves = 0
    for (let at = start + (this.#first >> 2); at < start + count; at += wordsOf(words[at]!)) {
      halves |= this.#halves[typeOf(words[at]!)]!
    }
    const both = half.field | half.withField
    return (halves & half.alone) === 0 && (halves & both) !== both
  }

  /**
   * Returns a bit for each type of the attributes that are not volatile, and `presenceBit` for a volatile field whose presence
   * counts; `unclear` if an attribute is present twice.
   */
  #typesOf(words: Int32Array, start: number, end: number): number {
    let types = 0
    for (let at = start; at < end; at += wordsOf(words[at]!)) {
      const type = typeOf(words[at]!)
      if (this.#volatile[type] !== 0) {
        if (this.#writtenOnly[type] !== 0) return unclear
        const word = this.#presence[type]!
        if (word !== 0 && words[at + word] !== 0) types |= presenceBit
        continue
      }
      const bit = 1 << type
      if (type > 30 || (types & bit) !== 0) return unclear
      types |= bit
    }
    return types
  }

  #shortHeader(at: number): never {
    this.#malformed(at, `header of ${this.#headerSize} bytes is cut short`)
  }

  #impossible(at: number, length: number, left: number): never {
    this.#malformed(at, `attribute length ${length} with ${left} bytes left`)
  }

  #unfit(at: number, payload: number, type: number): never {
    this.#malformed(at, `payload of ${payload} bytes does not fit attribute ${type}`)
  }

  #malformed(offset: number, problem: string): never {
    throw new DecodeError(this.message.name, '', offset, problem)
  }
}

const unclear = -1
/** The bit for a volatile field that is present. No attribute type has it. */
const presenceBit = 1 << 31

/**
 * Flags of attributes that are a part of a composed field, where the encoder does not write all parts of the field.
 * - `alone`: the field is decoded to the same value only together with an attribute that the kernel adds
 * - `field`: the attribute is also a field of its own
 * - `withField`: the field is decoded to another value if an attribute with the flag `field` is present
 */
const half = { alone: 1, field: 2, withField: 4 } as const

/** Returns 1 for each number from the minimum to the maximum that is accepted, and 0 for the others. */
function flagsOf(accepted: readonly number[], minimum: number, maximum: number): Uint8Array {
  const flags = new Uint8Array(Math.max(0, maximum - minimum + 1))
  for (const number of accepted) if (number >= minimum && number <= maximum) flags[number - minimum] = 1
  return flags
}

function find(words: Int32Array, start: number, end: number, head: number): number {
  for (let at = start; at < end; at += wordsOf(words[at]!)) if (words[at] === head) return at
  return -1
}

/** A mask for the used bytes of the last word of `length` bytes. */
function tailMask(length: number): number {
  const used = length & 3
  if (used === 0) return -1
  return littleEndian ? (1 << (used * 8)) - 1 : -1 << ((4 - used) * 8)
}
