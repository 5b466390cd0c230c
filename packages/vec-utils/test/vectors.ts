import fc from 'fast-check'
import { type NumberKind, numberVector, recordVector, type Vector, valueVector } from '../src/index.ts'

/** One kind of vector under test: every suite runs over all of them. */
export interface Subject<T> {
  readonly name: string
  readonly create: () => Vector<T>
  readonly elementSize: number
  /** Elements that the vector can hold. */
  readonly element: fc.Arbitrary<T>
  /** A coarse order, so that many elements are equal in it and an unstable sort shows. */
  readonly rank: (element: T) => number
}

/** A function that is generic in the element, applied to each subject in turn. */
export function forEachSubject(visit: <T>(subject: Subject<T>) => void): void {
  visit(numbers('u8', 1, fc.integer({ min: 0, max: 0xff })))
  visit(numbers('u16', 2, fc.integer({ min: 0, max: 0xffff })))
  visit(numbers('u32', 4, fc.integer({ min: 0, max: 0xffff_ffff })))
  visit(numbers('s32', 4, fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff })))
  visit(numbers('f64', 8, fc.double()))
  visit({
    name: 'record',
    create: () => recordVector({ flag: 'u8', id: 'u32', weight: 'u16', delta: 's32', rate: 'f64' }),
    elementSize: 19,
    element: fc.record(
      {
        flag: fc.integer({ min: 0, max: 0xff }),
        id: fc.integer({ min: 0, max: 0xffff_ffff }),
        weight: fc.integer({ min: 0, max: 0xffff }),
        delta: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
        rate: fc.double(),
      },
      { noNullPrototype: true },
    ),
    rank: (record) => record.id % 4,
  })
  visit({
    name: 'value',
    create: () => valueVector<string | undefined | { id: number }>(),
    elementSize: 8,
    element: fc.oneof(fc.string(), fc.constant(undefined), fc.record({ id: fc.nat() }, { noNullPrototype: true })),
    rank: (value) => (typeof value === 'string' ? 0 : value === undefined ? 1 : 2),
  })
}

function numbers(kind: NumberKind, elementSize: number, element: fc.Arbitrary<number>): Subject<number> {
  return {
    name: kind,
    create: () => numberVector(kind),
    elementSize,
    element,
    rank: (number) => (Number.isFinite(number) ? Math.trunc(number) % 4 : 4),
  }
}
