import { DecodeError } from '../errors.ts'
import { AttributeSet, type Engine } from './attribute-set.ts'
import type { UnknownAttribute } from './decode.ts'
import { InvalidBytes, InvalidValue } from './invalid.ts'
import type { EntryOf, Fields, HeaderFields, HiddenNames } from './schema.ts'
import type { Writer } from './writer.ts'

/**
 * A message that is declared once: its type, its decoder and its encoder come from the declaration.
 * `Hidden` are the names of the header fields that are no part of an entry.
 */
export class Message<Entry, Hidden extends string = string> {
  /** What people call the entry: `nexthop`. */
  readonly name: string
  /** Names of the header fields that are no part of an entry. */
  readonly hidden: readonly Hidden[]
  /** Reads and writes the bytes. */
  readonly set: AttributeSet<Entry>
  /** Attributes that were received and are not in the declaration. */
  unknownAttributes = 0

  constructor(set: AttributeSet<Entry>) {
    this.name = set.name
    this.set = set
    this.hidden = set.plan.header.flatMap(({ name, visible }) => (visible ? [] : [name as Hidden]))
  }

  /**
   * Decodes the bytes behind `struct nlmsghdr`, from `start` to `end`.
   * @throws {DecodeError} a length that does not fit
   */
  decode(view: DataView, start: number, end: number): Entry {
    return this.#guard(() => this.set.read(view, start, end))
  }

  /**
   * As `decode`, without the fields that change by themselves: what two states of an entry are compared by. A field of which
   * it counts whether it is there at all (`presence`) is `true`.
   */
  decodeStable(view: DataView, start: number, end: number): Entry {
    return this.#guard(() => this.set.read(view, start, end, undefined, false))
  }

  /** As `decode`, with the attributes that the declaration does not know, so that nothing is lost on writing back. */
  decodeWhole(
    view: DataView,
    start: number,
    end: number,
  ): {
    /** What the declaration knows. */
    entry: Entry
    /** The other attributes, in their order. */
    unknown: UnknownAttribute[]
  } {
    const unknown: UnknownAttribute[] = []
    const entry = this.#guard(() => this.set.read(view, start, end, unknown))
    this.unknownAttributes += unknown.length
    return { entry, unknown }
  }

  /**
   * Appends header and attributes.
   * @throws {TypeError | RangeError} a value that does not fit, named with its field: nothing is left in the writer
   */
  encode(writer: Writer, entry: Partial<Entry>, unknown: readonly UnknownAttribute[] = []): void {
    const before = writer.length
    try {
      this.set.write(writer, entry)
      for (const { type, payload } of unknown) {
        const at = writer.begin(type)
        writer.raw(payload)
        writer.end(at)
      }
    } catch (error) {
      writer.truncate(before)
      throw error instanceof InvalidValue ? error.toError(this.name) : error
    }
  }

  #guard<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof InvalidBytes)) throw error
      throw new DecodeError(this.name, error.path, error.offset, error.message)
    }
  }
}

/**
 * Declares a message.
 * @param name what people call the entry: `'nexthop'`
 * @param declaration the fixed header, field by field with filler, and the attributes by field name
 * @param engine `'interpreted'` for the slower engine that generates no code; it is also the fall-back where code
 *   generation is not allowed. `'compiled'` generates code at the first use, by default that is done at one of the next
 */
export function message<const H extends HeaderFields, const A extends Fields>(
  name: string,
  declaration: { readonly header: H; readonly attributes: A },
  engine: Engine = 'tiered',
): Message<EntryOf<H, A>, HiddenNames<H>> {
  return new Message(new AttributeSet(name, declaration.header, declaration.attributes, engine))
}
