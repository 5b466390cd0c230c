import type { Storage } from './storage.ts'

/** Bytes counted for a slot: one 64-bit reference. What it refers to belongs to the caller and is not counted. */
const referenceSize = 8

/** JavaScript values of any type in an array whose length is the capacity. */
export class ValueStorage<T> implements Storage<T, T[]> {
  readonly elementSize = referenceSize
  #slots: (T | undefined)[] = []

  get capacity(): number {
    return this.#slots.length
  }

  check(element: T): T {
    return element
  }

  read(index: number): T {
    // The vector reads only slots that it has written, so `undefined` here is an element and part of T.
    return this.#slots[index] as T
  }

  write(index: number, element: T): void {
    this.#slots[index] = element
  }

  // A plain loop: Array.prototype.copyWithin looks every index up as a property and is many times slower.
  move(target: number, start: number, end: number): void {
    const slots = this.#slots
    if (target < start) {
      for (let index = start; index < end; index++) slots[target + index - start] = slots[index]
    } else {
      for (let index = end - 1; index >= start; index--) slots[target + index - start] = slots[index]
    }
  }

  release(start: number, end: number): void {
    this.#slots.fill(undefined, start, end)
  }

  resize(capacity: number): void {
    this.#slots.length = capacity
  }

  clone(length: number): ValueStorage<T> {
    const copy = new ValueStorage<T>()
    copy.#slots = this.#slots.slice(0, length)
    copy.#slots.length = this.capacity
    return copy
  }

  steal(length: number): T[] {
    const slots = this.#slots
    this.#slots = []
    slots.length = length
    // All slots below the length have been written.
    return slots as T[]
  }
}
