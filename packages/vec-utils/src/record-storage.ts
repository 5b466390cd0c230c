import { checkNumber, type NumberKind, type NumberRange, numberRange, show } from './number-kind.ts'
import type { Storage } from './storage.ts'

/** The fields of a record and their kinds, for instance `{ id: 'u32', weight: 'u16' }`. */
export type RecordLayout = Readonly<Record<string, NumberKind>>

/** The record that a layout describes: one number a field. */
export type RecordOf<Layout extends RecordLayout> = { -readonly [Field in keyof Layout]: number }

interface Field {
  readonly name: string
  readonly kind: NumberKind
  readonly range: NumberRange
  /** Bytes from the start of the record. */
  readonly offset: number
}

/**
 * Records side by side in one buffer. The fields of a record follow each other in the order of the layout without padding,
 * little-endian on every machine, so (u32, u16) takes 6 bytes; a DataView reads fields that are not aligned.
 */
export class RecordStorage<Layout extends RecordLayout> implements Storage<RecordOf<Layout>, DataView<ArrayBuffer>> {
  readonly elementSize: number
  readonly #layout: Layout
  readonly #fields: readonly Field[]
  #view = new DataView(new ArrayBuffer(0))
  #capacity = 0

  /** Throws TypeError for a layout without fields, an unknown kind or a name that no record can have. */
  constructor(layout: Layout) {
    this.#layout = layout
    const fields: Field[] = []
    let offset = 0
    for (const [name, kind] of Object.entries(layout)) {
      // Assigning to this name sets the prototype of an object and no field.
      if (name === '__proto__') throw new TypeError('a record cannot have a field named "__proto__"')
      const range = numberRange(kind)
      fields.push({ name, kind, range, offset })
      offset += range.size
    }
    if (fields.length === 0) throw new TypeError('the layout of a record must have a field')
    this.#fields = fields
    this.elementSize = offset
  }

  get capacity(): number {
    return this.#capacity
  }

  check(element: RecordOf<Layout>): RecordOf<Layout> {
    if (typeof element !== 'object' || element === null) {
      throw new TypeError(`element must be a record, got ${show(element)}`)
    }
    const source: Readonly<Record<string, unknown>> = element
    const record: Record<string, number> = {}
    for (const { name, range } of this.#fields) record[name] = checkNumber(range, source[name], name)
    // Here and in `read` every field of the layout was just set, which the type checker cannot see in a loop.
    return record as RecordOf<Layout>
  }

  read(index: number): RecordOf<Layout> {
    const start = index * this.elementSize
    const record: Record<string, number> = {}
    for (const { name, kind, offset } of this.#fields) record[name] = readNumber(this.#view, start + offset, kind)
    return record as RecordOf<Layout>
  }

  write(index: number, element: RecordOf<Layout>): void {
    const start = index * this.elementSize
    for (const { name, kind, offset } of this.#fields) writeNumber(this.#view, start + offset, kind, element[name]!)
  }

  move(target: number, start: number, end: number): void {
    const size = this.elementSize
    new Uint8Array(this.#view.buffer).copyWithin(target * size, start * size, end * size)
  }

  release(): void {}

  resize(capacity: number, length: number): void {
    const bytes = new Uint8Array(capacity * this.elementSize)
    bytes.set(new Uint8Array(this.#view.buffer, 0, length * this.elementSize))
    this.#view = new DataView(bytes.buffer)
    this.#capacity = capacity
  }

  clone(length: number): RecordStorage<Layout> {
    const copy = new RecordStorage(this.#layout)
    copy.#view = this.#view
    copy.resize(this.#capacity, length)
    return copy
  }

  steal(length: number): DataView<ArrayBuffer> {
    const { buffer } = this.#view
    this.#view = new DataView(new ArrayBuffer(0))
    this.#capacity = 0
    return new DataView(buffer, 0, length * this.elementSize)
  }
}

function readNumber(view: DataView, offset: number, kind: NumberKind): number {
  switch (kind) {
    case 'u8':
      return view.getUint8(offset)
    case 'u16':
      return view.getUint16(offset, true)
    case 'u32':
      return view.getUint32(offset, true)
    case 's32':
      return view.getInt32(offset, true)
    case 'f64':
      return view.getFloat64(offset, true)
  }
}

function writeNumber(view: DataView, offset: number, kind: NumberKind, value: number): void {
  switch (kind) {
    case 'u8':
      view.setUint8(offset, value)
      break
    case 'u16':
      view.setUint16(offset, value, true)
      break
    case 'u32':
      view.setUint32(offset, value, true)
      break
    case 's32':
      view.setInt32(offset, value, true)
      break
    case 'f64':
      view.setFloat64(offset, value, true)
      break
  }
}
