/**
 * Where a vector keeps its elements: slots 0 to capacity - 1, moved and resized as a block.
 *
 * The vector keeps the length and all rules; a storage only reads, writes and moves slots. The vector never names a slot
 * outside the capacity, and never reads one that it has not written.
 */
export interface Storage<T, Contents> {
  /** Bytes that one slot takes. */
  readonly elementSize: number
  /** Slots allocated. */
  readonly capacity: number
  /**
   * Returns the element as it will be stored, taking each field only once. It is the only step that can refuse an
   * element or run code of the caller (a getter), so everything after it works on data that cannot change any more.
   */
  check(element: T): T
  read(index: number): T
  /** Stores an element that `check` returned. */
  write(index: number, element: T): void
  /** Copies the slots [start, end) to target; the ranges may overlap. */
  move(target: number, start: number, end: number): void
  /** Forgets the slots [start, end), so that nothing they refer to is kept alive. */
  release(start: number, end: number): void
  /** Allocates exactly `capacity` slots and keeps the first `length` of them. */
  resize(capacity: number, length: number): void
  /** A copy of the same capacity, with the first `length` slots. */
  clone(length: number): Storage<T, Contents>
  /** Hands out what is allocated, seen as `length` elements, and starts again with capacity 0. */
  steal(length: number): Contents
}
