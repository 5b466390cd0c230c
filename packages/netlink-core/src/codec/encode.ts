import { InvalidValue, show } from './invalid.ts'
import { type AttributePlan, attributesOffset, type Plan } from './plan.ts'
import type { Writer } from './writer.ts'

/**
 * Appends the header and the attributes of an entry, in the order of the declaration.
 * @throws {InvalidValue} a value does not fit, or a field is unknown
 */
export type Encoder = (writer: Writer, entry: Readonly<Record<string, unknown>>) => void

function underName(error: unknown, name: string): unknown {
  return error instanceof InvalidValue && name !== '' ? error.under(name) : error
}

/** The names that there are. Entries come by the thousand with the same ones in the same order. */
class Names {
  readonly #known: ReadonlySet<string>
  /** Known names by the place in which they stood in an entry before. */
  readonly #recent: string[] = []

  constructor(plan: Plan) {
    this.#known = new Set(plan.names)
  }

  /** Throws `InvalidValue` for anything but an object of known fields. */
  check(entry: Readonly<Record<string, unknown>>): void {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw new InvalidValue(`${show(entry)} is not an object`, true)
    }
    let place = 0
    for (const name in entry) {
      if (this.#recent[place] !== name) {
        if (!this.#known.has(name)) throw new InvalidValue('there is no such field', true).under(name)
        this.#recent[place] = name
      }
      place++
    }
  }
}

/** Writes every value of an attribute that repeats. */
function writeAll(writer: Writer, { type, kind }: AttributePlan, values: unknown): void {
  if (!Array.isArray(values)) throw new InvalidValue(`${show(values)} is not an array`, true)
  for (let place = 0; place < values.length; place++) {
    const at = writer.begin(type, kind.nestedFlag === true)
    try {
      kind.write(writer, values[place])
      writer.end(at)
    } catch (error) {
      throw error instanceof InvalidValue ? error.under(place) : error
    }
  }
}

/** Steps of writing in the order of the declaration, for both engines. */
function steps(plan: Plan): readonly { name: string; index: number; composed: boolean }[] {
  return [
    ...plan.attributes.map(({ name, order }, index) => ({ name, index, order, composed: false })),
    ...plan.composed.map(({ name, order }, index) => ({ name, index, order, composed: true })),
  ].sort((a, b) => a.order - b.order)
}

/** The encoder as plain code that walks the plan. */
export function interpretedEncoder(plan: Plan): Encoder {
  const names = new Names(plan)
  const order = steps(plan)
  return (writer, entry) => {
    names.check(entry)
    let name = ''
    try {
      const header = writer.zeros(attributesOffset(plan))
      for (const field of plan.header) {
        const value = field.visible ? entry[field.name] : undefined
        name = field.name
        if (value !== undefined) field.kind.set(writer.view, header + field.offset, field.kind.check(value))
      }
      for (const step of order) {
        const value = entry[step.name]
        if (value === undefined) continue
        name = step.name
        if (step.composed) {
          plan.composed[step.index]!.field.write(writer, value, header, entry)
        } else {
          const field = plan.attributes[step.index]!
          const { type, kind } = field
          if (field.repeated) {
            writeAll(writer, field, value)
            continue
          }
          const at = writer.begin(type, kind.nestedFlag === true)
          kind.write(writer, value)
          writer.end(at)
        }
      }
    } catch (error) {
      throw underName(error, name)
    }
  }
}

/**
 * The same encoder compiled to one straight function.
 * @throws {EvalError} code generation from strings is not allowed in this process
 */
export function compiledEncoder(plan: Plan): Encoder {
  const helpers: Record<string, unknown> = { names: new Names(plan), underName, writeAll }
  const headerLines = plan.header.map((field, index) => {
    if (!field.visible) return ''
    helpers[`header${index}`] = field.kind
    return `value = entry.${field.name}; name = '${field.name}'
      if (value !== undefined) header${index}.set(writer.view, header + ${field.offset}, header${index}.check(value))`
  })
  const lines = steps(plan).map(({ name, index, composed }) => {
    const begin = `value = entry.${name}; if (value !== undefined) { name = '${name}'; `
    if (composed) {
      helpers[`composed${index}`] = plan.composed[index]!.field
      return `${begin}composed${index}.write(writer, value, header, entry) }`
    }
    const field = plan.attributes[index]!
    const { type, kind } = field
    if (field.repeated) {
      helpers[`field${index}`] = field
      return `${begin}writeAll(writer, field${index}, value) }`
    }
    helpers[`kind${index}`] = kind
    return `${begin}at = writer.begin(${type}, ${kind.nestedFlag === true}); kind${index}.write(writer, value); writer.end(at) }`
  })
  const source = `return function encode(writer, entry) {
    names.check(entry)
    let name = '', value, at
    try {
      const header = writer.zeros(${attributesOffset(plan)})
      ${[...headerLines, ...lines].join('\n      ')}
    } catch (error) {
      throw underName(error, name)
    }
  }`
  return new Function(...Object.keys(helpers), source)(...Object.values(helpers)) as Encoder
}
