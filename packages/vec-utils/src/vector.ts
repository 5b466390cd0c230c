import { show } from './number-kind.ts'
import type { Storage } from './storage.ts'

/** Thrown by an iteration or a comparison during which elements were added, removed or reordered. */
export class VectorChangedError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name = 'VectorChangedError'
}

/**
 * A growable vector. An index outside the vector gives `undefined` or `false` and changes nothing. An element that its kind
 * cannot hold throws TypeError (not a number, field missing) or RangeError (outside the kind), and nothing is stored.
 *
 * Elements go in and come out by value: numbers and records are copied, so no reference into the buffer exists that growth
 * could leave dangling, and an element or array taken from the vector may be put into the same vector.
 *
 * `Contents` is what `steal` returns.
 */
export class Vector<T, Contents = unknown> implements Iterable<T> {
  readonly #storage: Storage<T, Contents>
  #length: number
  /** Counts the changes of number or order of elements, for iterations to notice; wraps, as only a difference matters. */
  #changes = 0

  constructor(storage: Storage<T, Contents>, length = 0) {
    this.#storage = storage
    this.#length = length
  }

  /** Elements held. */
  get length(): number {
    return this.#length
  }

  /** Elements that fit before the buffer has to grow. */
  get capacity(): number {
    return this.#storage.capacity
  }

  /** Bytes of one element; 8 for a vector of values, which is one reference. */
  get elementSize(): number {
    return this.#storage.elementSize
  }

  /** Bytes of the buffer: capacity x element size. What the references of a vector of values point to is not counted. */
  get memoryUse(): number {
    return this.#storage.capacity * this.#storage.elementSize
  }

  /** The element, or undefined outside the vector. */
  get(index: number): T | undefined {
    return isIndex(index, this.#length) ? this.#storage.read(index) : undefined
  }

  /** Replaces an element; false outside the vector. Not a change for iterations. */
  set(index: number, element: T): boolean {
    const checked = this.#storage.check(element)
    if (!isIndex(index, this.#length)) return false
    this.#storage.write(index, checked)
    return true
  }

  /** Puts the element before the one at the index, or last if the index is the length; false beyond that. */
  insert(index: number, element: T): boolean {
    const checked = this.#storage.check(element)
    if (!isIndex(index, this.#length + 1)) return false
    if (this.#length === this.#storage.capacity) this.#grow(1)
    this.#storage.move(index + 1, index, this.#length)
    this.#storage.write(index, checked)
    this.#resized(this.#length + 1)
    return true
  }

  /** Adds an element at the end. */
  push(element: T): void {
    const checked = this.#storage.check(element)
    if (this.#length === this.#storage.capacity) this.#grow(1)
    this.#storage.write(this.#length, checked)
    this.#resized(this.#length + 1)
  }

  /** Adds all elements at the end, or none if one does not fit. The source may be the vector itself. */
  pushArray(elements: ArrayLike<T> | Vector<T>): void {
    const count = elements.length
    if (!isCount(count)) throw new TypeError(`the length of an array must be a count, got ${show(count)}`)
    // All are taken and checked before the first is stored: reading the source may throw or change this vector.
    const checked = new Array<T>(count)
    const isVector = elements instanceof Vector
    for (let index = 0; index < count; index++) {
      // Both are in range unless the source lies about its length, and then the check or the type T decides.
      checked[index] = this.#storage.check((isVector ? elements.get(index) : elements[index]) as T)
    }
    this.reserve(count)
    for (let index = 0; index < count; index++) this.#storage.write(this.#length + index, checked[index] as T)
    if (count > 0) this.#resized(this.#length + count)
  }

  /** Removes and returns the last element; undefined if there is none. */
  pop(): T | undefined {
    return this.#length === 0 ? undefined : this.#takeLast()
  }

  /** Removes and returns an element, keeping the order of the others; undefined outside the vector. */
  remove(index: number): T | undefined {
    if (!isIndex(index, this.#length)) return undefined
    const element = this.#storage.read(index)
    this.#removeRange(index, index + 1)
    return element
  }

  /** Removes and returns an element in constant time: the last one takes its place. Undefined outside the vector. */
  removeFast(index: number): T | undefined {
    if (!isIndex(index, this.#length)) return undefined
    const element = this.#storage.read(index)
    const last = this.#takeLast()
    if (index < this.#length) this.#storage.write(index, last)
    return element
  }

  /** Removes the elements [start, end); false if there is no such block (start >= end, end > length). */
  removeBlock(start: number, end: number): boolean {
    if (!isIndex(start, this.#length) || !isIndex(end, this.#length + 1) || start >= end) return false
    this.#removeRange(start, end)
    return true
  }

  /** Removes what lies beyond the first `length` elements; false if the vector has not that many. Keeps the capacity. */
  truncate(length: number): boolean {
    if (!isIndex(length, this.#length + 1)) return false
    if (length < this.#length) this.#removeRange(length, this.#length)
    return true
  }

  /** Removes all elements and keeps the capacity. */
  clear(): void {
    this.truncate(0)
  }

  /**
   * Makes room for `count` more elements: if there is not enough, the capacity becomes twice as large, or as large as needed
   * if that is more. False if `count` is no count. Throws RangeError if the runtime cannot allocate that much.
   */
  reserve(count: number): boolean {
    if (!isCount(count)) return false
    if (this.#length + count > this.#storage.capacity) this.#grow(count)
    return true
  }

  /** Makes the capacity the length; an empty vector gives its buffer back. */
  shrinkToFit(): void {
    if (this.#storage.capacity > this.#length) this.#storage.resize(this.#length, this.#length)
  }

  /** An independent vector with the same elements and the same capacity; the values of a vector of values are shared. */
  clone(): Vector<T, Contents> {
    return new Vector(this.#storage.clone(this.#length), this.#length)
  }

  /**
   * Hands out the elements without copying them, and empties the vector to capacity 0: a typed array of the kind for
   * numbers, a DataView for records (packed in the order of the layout, little-endian), an array for values.
   */
  steal(): Contents {
    const length = this.#length
    this.#resized(0)
    return this.#storage.steal(length)
  }

  /** Sorts stably by a comparison as for Array.prototype.sort. If the comparison throws, the order stays as it was. */
  sort(compare: (left: T, right: T) => number): void {
    const changes = this.#changes
    const sorted = [...this].sort(compare)
    this.#expect(changes, 'sort')
    for (let index = 0; index < sorted.length; index++) this.#storage.write(index, sorted[index] as T)
    this.#resized(this.#length)
  }

  /**
   * Index of the first element for which the comparison gives 0, or undefined. The vector must be sorted by it: the result
   * is positive while the key belongs behind the element, negative while it belongs before it.
   */
  binarySearch<Key>(key: Key, compare: (key: Key, element: T) => number): number | undefined {
    const changes = this.#changes
    let low = 0
    let high = this.#length
    let found: number | undefined
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2)
      const order = compare(key, this.#storage.read(middle))
      this.#expect(changes, 'binary search')
      if (order > 0) {
        low = middle + 1
      } else {
        high = middle
        if (order === 0) found = middle
      }
    }
    return found
  }

  /**
   * The elements from first to last. Throws VectorChangedError at the next step after elements were added, removed or
   * reordered; `set`, `reserve` and `shrinkToFit` are allowed.
   */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    const changes = this.#changes
    for (let index = 0; index < this.#length; index++) {
      yield this.#storage.read(index)
      this.#expect(changes, 'iteration')
    }
  }

  /**
   * Yields each element after popping it, so from the last to the first, until the vector is empty. Elements pushed
   * meanwhile come next; after leaving the loop early the rest is still there.
   */
  *drain(): Generator<T, void, undefined> {
    while (this.#length > 0) yield this.#takeLast()
  }

  #takeLast(): T {
    const last = this.#length - 1
    const element = this.#storage.read(last)
    this.#storage.release(last, this.#length)
    this.#resized(last)
    return element
  }

  #removeRange(start: number, end: number): void {
    const length = this.#length - (end - start)
    this.#storage.move(start, end, this.#length)
    this.#storage.release(length, this.#length)
    this.#resized(length)
  }

  #grow(count: number): void {
    this.#storage.resize(Math.max(2 * this.#storage.capacity, this.#length + count), this.#length)
  }

  #resized(length: number): void {
    this.#length = length
    this.#changes = (this.#changes + 1) | 0
  }

  #expect(changes: number, action: string): void {
    if (this.#changes !== changes) throw new VectorChangedError(`the vector changed during ${action}`)
  }
}

function isIndex(index: number, limit: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < limit
}

function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0
}
