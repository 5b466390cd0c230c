/**
 * A copy of data that nobody else can change: of values, and of arrays and objects of them, as a literal or `JSON.parse` makes them.
 * @returns `undefined` for anything else, such as an object of a class
 */
export function plainCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value
  const names = ownNames(value)
  if (names === undefined) return undefined
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {}
  for (const name of names) {
    const inner = plainCopy(value[name as never])
    if (inner === undefined) return undefined
    Object.defineProperty(copy, name, { value: inner, enumerable: true, writable: true, configurable: true })
  }
  return copy
}

/** Whether a value is the same data as a copy that `plainCopy` made, with the fields in the same order. */
export function isSameData(value: unknown, copy: unknown): boolean {
  if (typeof value !== 'object' || value === null || typeof copy !== 'object' || copy === null) return value === copy
  if (Array.isArray(value) !== Array.isArray(copy)) return false
  const names = ownNames(value)
  const expected = Object.keys(copy)
  if (names?.length !== expected.length) return false
  for (let place = 0; place < names.length; place++) {
    const name = names[place]!
    if (name !== expected[place] || !isSameData(value[name as never], copy[name as never])) return false
  }
  return true
}

/** The names of the fields of plain data. `undefined` where something is hidden or inherited, such as a method of its own. */
function ownNames(value: object): string[] | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  const isArray = Array.isArray(value)
  if (isArray ? prototype !== Array.prototype : prototype !== Object.prototype && prototype !== null) return undefined
  const names = Object.keys(value)
  // An array has a length that is not among its names. One with holes has fewer names than that.
  if (isArray && names.length !== value.length) return undefined
  return Reflect.ownKeys(value).length === names.length + (isArray ? 1 : 0) ? names : undefined
}
