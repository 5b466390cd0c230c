/**
 * Values of entries as JSON. What JSON has not is an object with one field: `$bigint`, `$bytes` (base64), `$number` (what is
 * no finite number), and `$object` around an object whose own first field would be read as one of these.
 */

type Plain = Readonly<Record<string, unknown>>

function hasMark(value: Plain): boolean {
  const [name, ...others] = Object.keys(value)
  return name?.startsWith('$') === true && others.length === 0
}

/** @returns a value of JSON @throws {TypeError} a value that no entry holds, such as a function */
export function toJson(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : String(value) }
    case 'bigint':
      return { $bigint: String(value) }
    case 'object':
      break
    default:
      throw new TypeError(`an entry holds a ${typeof value}, which cannot be sent`)
  }
  if (value === null) return null
  if (value instanceof Uint8Array) return { $bytes: btoa(String.fromCharCode(...value)) }
  if (Array.isArray(value)) return value.map(toJson)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  const object = Object.fromEntries(fields.map(([name, field]) => [name, toJson(field)]))
  return hasMark(object) ? { $object: object } : object
}

/** @throws {Error} what `toJson` does not make */
export function fromJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(fromJson)
  if (!hasMark(value as Plain)) return fieldsFromJson(value as Plain)
  const [[mark, content]] = Object.entries(value) as [[string, unknown]]
  if (mark === '$object' && typeof content === 'object' && content !== null) return fieldsFromJson(content as Plain)
  if (typeof content === 'string') {
    if (mark === '$bigint') return BigInt(content)
    if (mark === '$bytes') return Uint8Array.from(atob(content), (character) => character.charCodeAt(0))
    if (mark === '$number' && /^(NaN|-?Infinity|-0)$/.test(content)) return Number(content)
  }
  throw new Error(`no value is written as ${mark}`)
}

function fieldsFromJson(value: Plain): Plain {
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, fromJson(field)]))
}
