import { attributeTypeMask, littleEndian } from '../netlink.ts'
import { compiledDecoder, type Decoder, interpretedDecoder, type UnknownAttribute } from './decode.ts'
import { compiledEncoder, type Encoder, interpretedEncoder } from './encode.ts'
import type { AttributeLocator, Kind } from './kind.ts'
import { attributesOffset, type Plan, plan } from './plan.ts'
import type { EntryOf, Fields, HeaderFields } from './schema.ts'
import type { Writer } from './writer.ts'

/** Which engine runs a declaration. */
export type Engine = 'compiled' | 'interpreted'

/** A fixed header (empty for nested sets) and the attributes behind it. */
export class AttributeSet<Entry> implements AttributeLocator {
  readonly name: string
  readonly plan: Plan
  readonly engine: Engine
  readonly #decode: Decoder
  readonly #encode: Encoder
  readonly #kinds = new Map<number, { name: string; inner?: AttributeLocator | undefined; repeated?: boolean }>()

  constructor(name: string, header: HeaderFields, fields: Fields, engine: Engine = 'compiled') {
    this.name = name
    this.plan = plan(name, header, fields)
    const engines = makeEngines(this.plan, engine)
    this.engine = engines.engine
    this.#decode = engines.decode
    this.#encode = engines.encode
    for (const span of this.plan.spans) this.#kinds.set(span.type, { name: span.name })
    for (const { type, name, kind, repeated } of this.plan.attributes) {
      this.#kinds.set(type, { name, inner: kind.inner, repeated })
    }
  }

  /** Throws `InvalidBytes`; messages turn it into a `DecodeError`. */
  read(view: DataView, start: number, end: number, unknown?: UnknownAttribute[] | undefined, volatile = true): Entry {
    return this.#decode(view, start, end, unknown, volatile) as Entry
  }

  /** Throws `InvalidValue`; messages turn it into a `TypeError` or `RangeError`. */
  write(writer: Writer, entry: Partial<Entry>): void {
    this.#encode(writer, entry as Readonly<Record<string, unknown>>)
  }

  nameOf(attributeType: number): string | undefined {
    return this.#kinds.get(attributeType)?.name
  }

  /** The path of field names of the innermost known attribute that covers a byte offset. */
  locate(view: DataView, start: number, end: number, offset: number): string | undefined {
    if (offset < start || offset >= end) return undefined
    if (offset < start + this.plan.headerSize) {
      const field = this.plan.header.findLast((candidate) => start + candidate.offset <= offset)
      return field?.visible ? field.name : 'header'
    }
    const first = start + attributesOffset(this.plan)
    let at = first
    while (at + 4 <= end) {
      const length = view.getUint16(at, littleEndian)
      if (length < 4 || at + length > end) return undefined
      const type = view.getUint16(at + 2, littleEndian) & attributeTypeMask
      if (offset < at + length) {
        const known = this.#kinds.get(type)
        const place = known?.repeated === true ? `[${countBefore(view, first, at, type)}]` : ''
        const name = (known?.name ?? `attribute ${type}`) + place
        const inner = offset >= at + 4 ? known?.inner?.locate(view, at + 4, at + length, offset) : undefined
        return inner === undefined ? name : `${name}.${inner}`
      }
      at += (length + 3) & ~3
    }
    return undefined
  }
}

/** Attributes of a type in front of `end`, whose lengths are known to fit. */
function countBefore(view: DataView, start: number, end: number, type: number): number {
  let count = 0
  for (let at = start; at < end; at += (view.getUint16(at, littleEndian) + 3) & ~3) {
    if ((view.getUint16(at + 2, littleEndian) & attributeTypeMask) === type) count++
  }
  return count
}

function makeEngines(plan: Plan, engine: Engine): { engine: Engine; decode: Decoder; encode: Encoder } {
  if (engine === 'compiled') {
    try {
      return { engine, decode: compiledDecoder(plan), encode: compiledEncoder(plan) }
    } catch (error) {
      // Code generation from strings may be switched off (--disallow-code-generation-from-strings).
      if (!(error instanceof EvalError)) throw error
    }
  }
  return { engine: 'interpreted', decode: interpretedDecoder(plan), encode: interpretedEncoder(plan) }
}

/**
 * A nested set of attributes as the value of one attribute.
 * @param options.header a fixed header in front of the attributes (default: none)
 * @param options.flag whether the attribute is written with `NLA_F_NESTED` (default yes); some old attributes of the
 *   kernel are not
 */
export function nested<A extends Fields, H extends HeaderFields = Record<never, never>>(
  name: string,
  fields: A,
  options: { readonly header?: H; readonly flag?: boolean; readonly engine?: Engine } = {},
): Kind<EntryOf<H, A>> {
  const set = new AttributeSet<EntryOf<H, A>>(name, options.header ?? {}, fields, options.engine)
  return {
    name,
    minimum: 0,
    maximum: 0xffff,
    inner: set,
    nestedFlag: options.flag ?? true,
    read: (view, offset, length, volatile) => set.read(view, offset, offset + length, undefined, volatile),
    write: (writer, value) => set.write(writer, value),
  }
}
