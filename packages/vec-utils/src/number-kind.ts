/** Kind of a number: unsigned (u) or signed (s) integer or IEEE 754 number (f), and its size in bits. */
export type NumberKind = 'u8' | 'u16' | 'u32' | 's32' | 'f64'

/** What one kind can hold, both ends included. */
export interface NumberRange {
  readonly kind: NumberKind
  /** Size in bytes. */
  readonly size: number
  readonly minimum: number
  readonly maximum: number
}

const ranges: Readonly<Record<NumberKind, NumberRange>> = {
  u8: { kind: 'u8', size: 1, minimum: 0, maximum: 0xff },
  u16: { kind: 'u16', size: 2, minimum: 0, maximum: 0xffff },
  u32: { kind: 'u32', size: 4, minimum: 0, maximum: 0xffff_ffff },
  s32: { kind: 's32', size: 4, minimum: -0x8000_0000, maximum: 0x7fff_ffff },
  f64: { kind: 'f64', size: 8, minimum: -Infinity, maximum: Infinity },
}

/** Throws TypeError for a kind that does not exist: callers without types may pass anything. */
export function numberRange(kind: NumberKind): NumberRange {
  if (!Object.hasOwn(ranges, kind)) {
    throw new TypeError(`kind must be one of ${Object.keys(ranges).join(', ')}, got ${show(kind)}`)
  }
  return ranges[kind]
}

/**
 * Returns the value if the kind holds it exactly. Throws TypeError if it is no number and RangeError if it lies outside
 * the kind; `what` names the value in the message. An f64 holds every number, NaN included.
 */
export function checkNumber(range: NumberRange, value: unknown, what: string): number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number (${range.kind}), got ${show(value)}`)
  const fits = value >= range.minimum && value <= range.maximum && Math.floor(value) === value
  if (!fits && range.kind !== 'f64') {
    throw new RangeError(
      `${what} must be an integer from ${range.minimum} to ${range.maximum} (${range.kind}), got ${show(value)}`,
    )
  }
  return value
}

/** Text of any value for a message, which never throws itself. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function' || (typeof value === 'object' && value !== null))
    return `a value of type ${typeof value}`
  return String(value)
}
