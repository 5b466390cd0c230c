/** A value that does not fit its field. Fields add their name to the path on the way out. */
export class InvalidValue extends Error {
  /** Names from the outside in: `group[1].weight`. */
  path = ''
  /** The value is of the wrong type, not only out of range. */
  readonly wrongType: boolean

  constructor(problem: string, wrongType = false) {
    super(problem)
    this.wrongType = wrongType
  }

  /** Puts a field or an index in front of the path. */
  under(name: string | number): this {
    const step = typeof name === 'number' ? `[${name}]` : name
    this.path = this.path === '' || this.path.startsWith('[') ? step + this.path : `${step}.${this.path}`
    return this
  }

  /** The error for the caller: `nexthop.group[1].weight: 0 is not in 1..65535`. */
  toError(what: string): TypeError | RangeError {
    const text = `${what}${this.path === '' ? '' : `.${shorten(this.path, 200)}`}: ${this.message}`
    return this.wrongType ? new TypeError(text) : new RangeError(text)
  }
}

/** Bytes that are no value of the kind. `offset` is where, in the view that was read. */
export class InvalidBytes extends Error {
  /** Names from the outside in. */
  path = ''
  /** In bytes, in the view that was read. */
  readonly offset: number
  constructor(offset: number, problem: string) {
    super(problem)
    this.offset = offset
  }

  /** Puts a name before the path. */
  under(name: string): this {
    this.path = this.path === '' ? name : `${name}.${this.path}`
    return this
  }
}

/** A value as it stands in an error message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value, 64))
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return typeof value === 'function' ? 'a function' : shorten(String(value), 64)
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 3)}...` : text
}
