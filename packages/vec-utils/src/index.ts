import type { NumberKind } from './number-kind.ts'
import { type NumberArrays, NumberStorage } from './number-storage.ts'
import { type RecordLayout, type RecordOf, RecordStorage } from './record-storage.ts'
import { ValueStorage } from './value-storage.ts'
import { Vector } from './vector.ts'

export type { NumberKind } from './number-kind.ts'
export type { NumberArrays } from './number-storage.ts'
export type { RecordLayout, RecordOf } from './record-storage.ts'
export { VectorChangedError } from './vector.ts'
export type { Vector }

/** An empty vector of numbers of one kind; `steal` returns its typed array. Throws TypeError for an unknown kind. */
export function numberVector<Kind extends NumberKind>(kind: Kind): Vector<number, NumberArrays[Kind]> {
  return new Vector(new NumberStorage(kind))
}

/**
 * An empty vector of records with the given fields, packed without padding. Fields that the layout does not name are not
 * stored. Throws TypeError for a layout without fields or with an unknown kind.
 */
export function recordVector<const Layout extends RecordLayout>(
  layout: Layout,
): Vector<RecordOf<Layout>, DataView<ArrayBuffer>> {
  return new Vector(new RecordStorage(layout))
}

/** An empty vector of values of any type; `steal` returns an array. */
export function valueVector<T>(): Vector<T, T[]> {
  return new Vector(new ValueStorage<T>())
}
