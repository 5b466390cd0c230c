import { littleEndian } from '../netlink.ts'
import { InvalidValue, show } from './invalid.ts'
import type { Kind } from './kind.ts'

/** Numbers of fixed size, in the machine's byte order unless the name says otherwise. */

function checkInteger(value: unknown, least: number, most: number): number {
  if (typeof value !== 'number') throw new InvalidValue(`${show(value)} is not a number`, true)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InvalidValue(`${value} is not a whole number in ${least}..${most}`)
  }
  return value
}

/** A kind that may stand in the fixed header of a message. */
export interface HeaderKind<Value extends number = number> extends Kind<Value> {
  /** In bytes. */
  readonly size: number
  /** Writes a value that fits. */
  set(view: DataView, offset: number, value: Value): void
  /** The value, if it fits; throws `InvalidValue`. */
  check(value: unknown): Value
}

/** A number that the kernel has a name for, or any other: editors propose the named ones, and numbers of newer kernels pass. */
export type NamedNumber<Values extends Readonly<Record<string, number>>> =
  | Values[keyof Values]
  | (number & Record<never, never>)

/**
 * The same kind with the type of an enumeration of the kernel: `enumerated(u8, RouteType)`. Nothing is checked for it, since newer
 * kernels have more values.
 */
export function enumerated<Values extends Readonly<Record<string, number>>>(
  kind: HeaderKind,
  _values: Values,
): HeaderKind<NamedNumber<Values>> {
  return kind as HeaderKind<NamedNumber<Values>>
}

function scalar(
  name: string,
  size: number,
  [least, most]: readonly [number, number],
  getter: string,
  get: (view: DataView, offset: number) => number,
  set: (view: DataView, offset: number, value: number) => void,
): HeaderKind {
  return {
    name,
    size,
    minimum: size,
    maximum: size,
    total: true,
    read: get,
    set,
    check: (value) => checkInteger(value, least, most),
    write(writer, value) {
      const number = checkInteger(value, least, most)
      // The view is taken after the buffer may have grown.
      const at = writer.zeros(size)
      set(writer.view, at, number)
    },
    source: (offset) => getter.replace('$', offset),
  }
}

const order = String(littleEndian)

/** A number of 8 bits. */
export const u8: HeaderKind = scalar(
  'u8',
  1,
  [0, 0xff],
  'view.getUint8($)',
  (view, at) => view.getUint8(at),
  (view, at, value) => view.setUint8(at, value),
)

/** A number of 16 bits. */
export const u16: HeaderKind = scalar(
  'u16',
  2,
  [0, 0xffff],
  `view.getUint16($, ${order})`,
  (view, at) => view.getUint16(at, littleEndian),
  (view, at, value) => view.setUint16(at, value, littleEndian),
)

/** Of numbers that kernel and programs use: above are those that stand for something else, such as -1. */
const largestPlain = 0x7ffffffe

/** A number of 32 bits. */
export const u32: HeaderKind = {
  ...scalar(
    'u32',
    4,
    [0, 0xffffffff],
    `view.getUint32($, ${order})`,
    (view, at) => view.getUint32(at, littleEndian),
    (view, at, value) => view.setUint32(at, value, littleEndian),
  ),
  patch(view, offset, _length, value) {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > largestPlain) return false
    view.setUint32(offset, value, littleEndian)
    return true
  },
}

/** A signed number of 32 bits. */
export const s32: HeaderKind = scalar(
  's32',
  4,
  [-0x80000000, 0x7fffffff],
  `view.getInt32($, ${order})`,
  (view, at) => view.getInt32(at, littleEndian),
  (view, at, value) => view.setInt32(at, value, littleEndian),
)

/** 64 bits as a number: exact up to 2^53 - 1, which no counter or timer of these tables reaches. */
export const u64: HeaderKind = scalar(
  'u64',
  8,
  [0, Number.MAX_SAFE_INTEGER],
  `Number(view.getBigUint64($, ${order}))`,
  (view, at) => Number(view.getBigUint64(at, littleEndian)),
  (view, at, value) => view.setBigUint64(at, BigInt(value), littleEndian),
)

/** 16 bits in network byte order, such as a port. */
export const be16: HeaderKind = scalar(
  'be16',
  2,
  [0, 0xffff],
  'view.getUint16($)',
  (view, at) => view.getUint16(at),
  (view, at, value) => view.setUint16(at, value),
)

/** 32 bits in network byte order, such as a VNI. */
export const be32: HeaderKind = scalar(
  'be32',
  4,
  [0, 0xffffffff],
  'view.getUint32($)',
  (view, at) => view.getUint32(at),
  (view, at, value) => view.setUint32(at, value),
)

/** 64 bits in network byte order, such as a tunnel id; exact up to 2^53 - 1. */
export const be64: HeaderKind = scalar(
  'be64',
  8,
  [0, Number.MAX_SAFE_INTEGER],
  'Number(view.getBigUint64($))',
  (view, at) => Number(view.getBigUint64(at)),
  (view, at, value) => view.setBigUint64(at, BigInt(value)),
)

/** A kind with bounds of its own, narrower than its size. */
export function within(kind: HeaderKind, least: number, most: number): HeaderKind {
  return {
    ...kind,
    patch: undefined,
    check: (value) => checkInteger(value, least, most),
    write(writer, value) {
      kind.write(writer, checkInteger(value, least, most))
    },
  }
}
