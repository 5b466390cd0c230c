import { align, attributeTypeMask, littleEndian } from '@rtnl/netlink-core'

/** Changes to the attributes of a message that keep most of it well-formed, so that what is wrong is wrong deep inside. */

/** Bytes that one change takes. */
export const changeSize = 6

/** An attribute in a message. */
interface Place {
  readonly at: number
  /** With the header. */
  readonly length: number
  /** Offsets of the attributes that it lies in, outermost first. */
  readonly parents: readonly number[]
}

const headerLength = 4

/** The attributes between two offsets, and those inside of them, where their bytes can be read as attributes. */
function placesIn(view: DataView, start: number, end: number, parents: readonly number[]): Place[] | undefined {
  const places: Place[] = []
  for (let at = start; at < end; ) {
    const left = end - at
    const length = left < headerLength ? 0 : view.getUint16(at, littleEndian)
    if (length < headerLength || length > left) return undefined
    places.push({ at, length, parents })
    const inside = parents.length < 6 && placesIn(view, at + headerLength, at + length, [...parents, at])
    if (inside) places.push(...inside)
    at += align(length)
  }
  return places
}

/** Puts bytes in the place of others, and makes the lengths of the attributes around fit. */
function replaced(
  bytes: Uint8Array,
  from: number,
  count: number,
  by: Uint8Array,
  parents: readonly number[],
): Uint8Array {
  const result = new Uint8Array(bytes.length - count + by.length)
  result.set(bytes.subarray(0, from))
  result.set(by, from)
  result.set(bytes.subarray(from + count), from + by.length)
  const view = new DataView(result.buffer)
  for (const at of parents) {
    if (at + 2 <= result.length) view.setUint16(at, view.getUint16(at, littleEndian) + by.length - count, littleEndian)
  }
  return result
}

const interesting = [0, 1, 3, 4, 5, 7, 8, 16, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffc, 0xffff]

/** Makes a payload of another size, with the bytes that it had. */
function resized(payload: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(align(size))
  result.set(payload.subarray(0, size))
  return result
}

type Change = (bytes: Uint8Array, place: Place, value: number, other: Place) => Uint8Array

function withU16(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const result = bytes.slice()
  new DataView(result.buffer).setUint16(at, value, littleEndian)
  return result
}

function u16At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(at, littleEndian)
}

/** The bytes of an attribute with its padding, as far as there is any. */
function wholeOf(bytes: Uint8Array, { at, length }: Place): Uint8Array {
  return bytes.slice(at, Math.min(bytes.length, at + align(length)))
}

function withPayload(bytes: Uint8Array, place: Place, payload: Uint8Array, length: number): Uint8Array {
  const { at, parents } = place
  const old = wholeOf(bytes, place).length - headerLength
  return withU16(replaced(bytes, at + headerLength, old, payload, parents), at, length + headerLength)
}

const changes: readonly Change[] = [
  // Its length, and no more.
  (bytes, { at }, value) => withU16(bytes, at, value),
  (bytes, { at, length }, value) => withU16(bytes, at, length + (value & 0xf) - 8),
  (bytes, { at }, value) => withU16(bytes, at, interesting[value & 0xf]!),
  // Its type, and the bits for nesting and byte order.
  (bytes, { at }, value) => withU16(bytes, at + 2, (u16At(bytes, at + 2) & ~attributeTypeMask) | (value & 0x7f)),
  (bytes, { at }, value) => withU16(bytes, at + 2, u16At(bytes, at + 2) ^ ((value & 3) << 14)),
  // Twice, not at all, in another place, inside of another.
  (bytes, place) => replaced(bytes, place.at, 0, wholeOf(bytes, place), place.parents),
  (bytes, place) => replaced(bytes, place.at, wholeOf(bytes, place).length, new Uint8Array(0), place.parents),
  (bytes, place, _value, other) => replaced(bytes, other.at, 0, wholeOf(bytes, place), other.parents),
  (bytes, place, _value, other) => withPayload(bytes, other, wholeOf(bytes, place), place.length),
  (bytes, place) => {
    const inside = wholeOf(bytes, place)
    return withPayload(bytes, place, inside, place.length)
  },
  // A payload of another size, with its length right.
  (bytes, place, value) => {
    const size = value & 0x3f
    const payload = bytes.subarray(place.at + headerLength, place.at + place.length)
    return withPayload(bytes, place, resized(payload, size), size)
  },
  (bytes, place, value) => {
    const size = Math.max(0, place.length - headerLength + (value & 7) - 4)
    const payload = bytes.subarray(place.at + headerLength, place.at + place.length)
    return withPayload(bytes, place, resized(payload, size), size)
  },
  // A byte of the payload, all of them, and their order.
  (bytes, { at, length }, value) => {
    const result = bytes.slice()
    if (length > headerLength) result[at + headerLength + ((value >> 8) % (length - headerLength))] = value
    return result
  },
  (bytes, { at, length }, value) => bytes.slice().fill(value, at + headerLength, at + length),
  (bytes, { at, length }) => {
    const result = bytes.slice()
    result.subarray(at + headerLength, at + length).reverse()
    return result
  },
]

/** Changes for which no attribute is needed. */
const others: readonly ((bytes: Uint8Array, at: number, value: number) => Uint8Array)[] = [
  // A byte of the header, such as the family.
  (bytes, at, value) => {
    const result = bytes.slice()
    result[at % Math.min(16, result.length)] = value
    return result
  },
  (bytes, at) => bytes.slice(0, at % bytes.length),
  (bytes, at) => bytes.slice(0, bytes.length - (at & 0xf)),
]

/**
 * Carries out a script on the bytes of a message behind `struct nlmsghdr`.
 * @param script changes of `changeSize` bytes each: what to do, on which attribute, and two numbers for it
 * @param headerSize where the attributes begin
 */
export function changed(message: Uint8Array, script: Uint8Array, headerSize: number): Uint8Array {
  let bytes = message
  for (let at = 0; at + changeSize <= script.length && bytes.length > 0; at += changeSize) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const kind = script[at]! % (changes.length + others.length)
    const value = u16At(script, at + 2)
    const place = script[at + 1]!
    const places = placesIn(view, headerSize, bytes.length, [])
    if (kind < changes.length && places !== undefined && places.length > 0) {
      const other = places[u16At(script, at + 4) % places.length]!
      bytes = changes[kind]!(bytes, places[place % places.length]!, value, other)
    } else {
      bytes = others[kind % others.length]!(bytes, place, value)
    }
    // A change may double them.
    if (bytes.length > 4096) bytes = bytes.slice(0, 4096)
  }
  return bytes
}
