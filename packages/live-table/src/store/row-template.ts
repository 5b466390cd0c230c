import { align, findAttribute, littleEndian, type Message, type Patch, Writer } from '@rtnl/netlink-core'

interface Place {
  readonly patch: Patch
  readonly offset: number
  readonly length: number
}

/** The message of an entry, of which single fields are overwritten to make that of another entry. */
export class RowTemplate<Entry> {
  /** The message without `struct nlmsghdr`. */
  readonly view: DataView
  readonly words: Int32Array
  readonly body = 0
  readonly end: number
  /** By the place of the field in `fields`; `undefined` for a field that cannot be overwritten. */
  readonly #places: readonly (Place | undefined)[]
  /** The value that the message has for each field, where it is known. */
  readonly #values: unknown[]

  /**
   * @param fields names of the fields that may be overwritten
   * @throws {TypeError | RangeError} a value of the entry does not fit
   */
  constructor(message: Message<Entry>, entry: Entry, fields: readonly (keyof Entry & string)[]) {
    const writer = new Writer(256)
    message.encode(writer, entry)
    const { buffer } = writer.bytes().slice()
    this.view = new DataView(buffer)
    this.words = new Int32Array(buffer)
    this.end = writer.length
    this.#places = fields.map((name) => this.#placeOf(message, name))
    this.#values = fields.map(() => undefined)
  }

  /**
   * Gives a field another value. The message means nothing while a field lacks a value that was refused.
   * @returns whether the message is that of the entry with this value; `false` in doubt
   */
  set(field: number, value: unknown): boolean {
    if (value !== undefined && value === this.#values[field]) return true
    this.#values[field] = undefined
    const place = this.#places[field]
    if (place === undefined || !place.patch(this.view, place.offset, place.length, value, 0)) return false
    this.#values[field] = value
    return true
  }

  /** Whether `set` of the value that the entry was given leaves the message as it is: the field is written as `set` does. */
  holds(field: number, value: unknown): boolean {
    const before = this.words.slice()
    if (this.set(field, value) && before.every((word, place) => word === this.words[place])) return true
    this.words.set(before)
    this.#values[field] = undefined
    return false
  }

  #placeOf({ set: { plan } }: Message<Entry>, name: string): Place | undefined {
    const attribute = plan.attributes.find((candidate) => candidate.name === name && !candidate.repeated)
    const composed = plan.composed.find((candidate) => candidate.name === name)
    const patch = attribute?.kind.patch ?? composed?.field.patch
    const type = attribute?.type ?? plan.spans[composed?.spans[0] ?? -1]?.type
    if (patch === undefined || type === undefined) return undefined
    const offset = findAttribute(this.view, align(plan.headerSize), this.end, type)
    return offset < 0 ? undefined : { patch, offset, length: this.view.getUint16(offset - 4, littleEndian) - 4 }
  }
}
