import fc from 'fast-check'
import { Kind, Owner, type Path, path, samePath } from './paths.ts'

const prefix = fc.integer({ min: 1, max: 8 })
const via = fc.constantFrom('a', 'b', 'c')
const kind = fc.constantFrom(Kind.PLAIN, Kind.PLAIN, Kind.SOLID, Kind.MERGED)

const actual = fc
  .tuple(prefix, via, fc.constantFrom(Owner.OURS, Owner.OURS, Owner.OTHER, Owner.KERNEL), kind)
  .map(([...fields]) => path(...fields))

/** Entries of a kernel, which has none twice. */
const entries = fc.uniqueArray(actual, { maxLength: 16, comparator: samePath })

const desired = fc.uniqueArray(
  fc.tuple(prefix, via, kind).map(([number, gate, sort]) => path(number, gate, Owner.OURS, sort)),
  { maxLength: 8, selector: ({ prefix: number }) => number },
)

/** What is wanted, and what a kernel has. */
export const scenes: fc.Arbitrary<{ wanted: Path[]; present: Path[] }> = fc.record({
  wanted: desired,
  present: entries,
})
