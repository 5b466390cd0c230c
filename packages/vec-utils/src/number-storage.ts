import { checkNumber, type NumberKind, type NumberRange, numberRange } from './number-kind.ts'
import type { Storage } from './storage.ts'

/** The typed array that holds the numbers of a kind. */
export interface NumberArrays {
  /** 0 to 255. */
  u8: Uint8Array<ArrayBuffer>
  /** 0 to 65,535. */
  u16: Uint16Array<ArrayBuffer>
  /** 0 to 2^32 - 1. */
  u32: Uint32Array<ArrayBuffer>
  /** -2^31 to 2^31 - 1. */
  s32: Int32Array<ArrayBuffer>
  /** Any number. */
  f64: Float64Array<ArrayBuffer>
}

const allocators: { readonly [Kind in NumberKind]: (length: number) => NumberArrays[Kind] } = {
  u8: (length) => new Uint8Array(length),
  u16: (length) => new Uint16Array(length),
  u32: (length) => new Uint32Array(length),
  s32: (length) => new Int32Array(length),
  f64: (length) => new Float64Array(length),
}

/** Numbers of one kind in a typed array, which owns its whole buffer. */
export class NumberStorage<Kind extends NumberKind> implements Storage<number, NumberArrays[Kind]> {
  readonly elementSize: number
  readonly #kind: Kind
  readonly #range: NumberRange
  #numbers: NumberArrays[NumberKind]
  #capacity = 0

  constructor(kind: Kind) {
    this.#kind = kind
    this.#range = numberRange(kind)
    this.elementSize = this.#range.size
    this.#numbers = allocators[kind](0)
  }

  get capacity(): number {
    return this.#capacity
  }

  check(element: number): number {
    return checkNumber(this.#range, element, 'element')
  }

  // One line a kind in `read` and `write`, because an engine optimises each access for the arrays that it has seen there:
  // a single line gets several times slower for all kinds once a program uses more than four.
  read(index: number): number {
    const numbers = this.#numbers
    switch (this.#range.kind) {
      case 'u8':
        return numbers[index]!
      case 'u16':
        return numbers[index]!
      case 'u32':
        return numbers[index]!
      case 's32':
        return numbers[index]!
      case 'f64':
        return numbers[index]!
    }
  }

  write(index: number, element: number): void {
    const numbers = this.#numbers
    switch (this.#range.kind) {
      case 'u8':
        numbers[index] = element
        break
      case 'u16':
        numbers[index] = element
        break
      case 'u32':
        numbers[index] = element
        break
      case 's32':
        numbers[index] = element
        break
      case 'f64':
        numbers[index] = element
        break
    }
  }

  move(target: number, start: number, end: number): void {
    this.#numbers.copyWithin(target, start, end)
  }

  release(): void {}

  resize(capacity: number, length: number): void {
    const numbers = allocators[this.#kind](capacity)
    numbers.set(this.#numbers.subarray(0, length))
    this.#numbers = numbers
    this.#capacity = capacity
  }

  clone(length: number): NumberStorage<Kind> {
    const copy = new NumberStorage(this.#kind)
    copy.#numbers = this.#numbers
    copy.resize(this.#capacity, length)
    return copy
  }

  steal(length: number): NumberArrays[Kind] {
    const numbers = this.#numbers
    this.#numbers = allocators[this.#kind](0)
    this.#capacity = 0
    // The allocator of this kind made the array, which the field's union of array types cannot express.
    return numbers.subarray(0, length) as NumberArrays[Kind]
  }
}
