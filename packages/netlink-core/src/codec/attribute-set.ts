import { attributeTypeMask, littleEndian } from '../netlink.ts'
import { compiledDecoder, type Decoder, interpretedDecoder, type UnknownAttribute } from './decode.ts'
import { compiledEncoder, type Encoder, interpretedEncoder } from './encode.ts'
import type { AttributeLocator, Kind } from './kind.ts'
import { attributesOffset, type Plan, plan } from './plan.ts'
import type { EntryOf, Fields, HeaderFields } from './schema.ts'
import type { Writer } from './writer.ts'

/** Which engine runs a declaration. `'tiered'` interprets it first, and compiles it when it has been used some times. */
export type Engine = 'compiled' | 'interpreted' | 'tiered'

/**
 * Uses after which code is generated for a declaration. Requests of dumps, and entries of small tables, are fewer, and
 * done sooner without: to generate code and to compile it takes as long as to interpret a hundred of them.
 */
const usesUntilCompiled = 16

interface KnownKind {
  readonly name: string
  readonly inner?: AttributeLocator | undefined
  readonly repeated?: boolean
}

type KnownKinds = Map<number, KnownKind>

/**
 * A fixed header (empty for nested sets) and the attributes behind it. Its decoder and its encoder are made when they are used
 * first: most programs use few of the declarations that they import.
 */
export class AttributeSet<Entry> implements AttributeLocator {
  /** For messages: `nexthop`. */
  readonly name: string
  /** Where what is declared stands in the bytes. */
  readonly plan: Plan
  readonly #wanted: Engine
  /** Those that stay. */
  #decode: Decoder | undefined
  #encode: Encoder | undefined
  /** Those until then. */
  #firstDecode: Decoder | undefined
  #firstEncode: Encoder | undefined
  #reads = 0
  #writes = 0
  #kinds: KnownKinds | undefined

  constructor(name: string, header: HeaderFields, fields: Fields, engine: Engine = 'tiered') {
    this.name = name
    this.plan = plan(name, header, fields)
    this.#wanted = engine
  }

  /** The engine that runs it in the end: `'interpreted'` also where code generation is not allowed. */
  get engine(): 'compiled' | 'interpreted' {
    return this.#wanted !== 'interpreted' && mayGenerateCode() ? 'compiled' : 'interpreted'
  }

  /** Throws `InvalidBytes`; messages turn it into a `DecodeError`. */
  read(view: DataView, start: number, end: number, unknown?: UnknownAttribute[] | undefined, volatile = true): Entry {
    const decode = this.#decode ?? this.#decoder()
    return decode(view, start, end, unknown, volatile) as Entry
  }

  /** Throws `InvalidValue`; messages turn it into a `TypeError` or `RangeError`. */
  write(writer: Writer, entry: Partial<Entry>): void {
    const encode = this.#encode ?? this.#encoder()
    encode(writer, entry as Readonly<Record<string, unknown>>)
  }

  #decoder(): Decoder {
    if (this.#isInterpreted(++this.#reads)) {
      this.#firstDecode ??= interpretedDecoder(this.plan)
      return this.#firstDecode
    }
    this.#decode = this.engine === 'compiled' ? compiledDecoder(this.plan) : interpretedDecoder(this.plan)
    return this.#decode
  }

  #encoder(): Encoder {
    if (this.#isInterpreted(++this.#writes)) {
      this.#firstEncode ??= interpretedEncoder(this.plan)
      return this.#firstEncode
    }
    this.#encode = this.engine === 'compiled' ? compiledEncoder(this.plan) : interpretedEncoder(this.plan)
    return this.#encode
  }

  #isInterpreted(uses: number): boolean {
    return this.#wanted === 'tiered' && uses <= usesUntilCompiled
  }

  /** The name of a declared attribute. */
  nameOf(attributeType: number): string | undefined {
    return this.#kindOf(attributeType)?.name
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
        const known = this.#kindOf(type)
        const place = known?.repeated === true ? `[${countBefore(view, first, at, type)}]` : ''
        const name = (known?.name ?? `attribute ${type}`) + place
        const inner = offset >= at + 4 ? known?.inner?.locate(view, at + 4, at + length, offset) : undefined
        return inner === undefined ? name : `${name}.${inner}`
      }
      at += (length + 3) & ~3
    }
    return undefined
  }

  #kindOf(type: number): KnownKind | undefined {
    if (this.#kinds === undefined) {
      this.#kinds = new Map()
      for (const span of this.plan.spans) this.#kinds.set(span.type, { name: span.name })
      for (const { type, name, kind, repeated } of this.plan.attributes) {
        this.#kinds.set(type, { name, inner: kind.inner, repeated })
      }
    }
    return this.#kinds.get(type)
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

let codeGeneration: boolean | undefined

/** Whether this process may generate code from strings (not with --disallow-code-generation-from-strings). */
function mayGenerateCode(): boolean {
  if (codeGeneration === undefined) {
    try {
      codeGeneration = new Function('return true')() as boolean
    } catch (error) {
      if (!(error instanceof EvalError)) throw error
      codeGeneration = false
    }
  }
  return codeGeneration
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
