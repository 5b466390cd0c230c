import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OrderedIds } from '../src/rows/ordered-ids.ts'

const ordered = suite('ordered ids')

const operations = fc.array(
  fc.record({ id: fc.nat(400), key: fc.nat(50), isAdded: fc.boolean(), offset: fc.nat(500), limit: fc.nat(40) }),
  { maxLength: 600 },
)

ordered('have the windows of a sorted array, whatever is put in and taken out', () => {
  fc.assert(
    fc.property(operations, (steps) => {
      const keys = new Map<number, number>()
      const compare = (one: number, other: number): number => keys.get(one)! - keys.get(other)! || one - other
      const ids = new OrderedIds(compare)
      const expected = (): number[] => [...keys.keys()].sort(compare)
      for (const { id, key, isAdded, offset, limit } of steps) {
        if (keys.has(id)) {
          assert.ok(ids.delete(id))
          keys.delete(id)
        }
        if (isAdded) {
          keys.set(id, key)
          ids.add(id)
        }
        assert.is(ids.size, keys.size)
        assert.equal(ids.window(offset, limit), expected().slice(offset, offset + limit))
      }
    }),
  )
})

ordered('stay quick when there are very many', () => {
  const ids = new OrderedIds((one, other) => one - other)
  const many = 200_000
  // A multiplier without a common factor visits each number once, in no order.
  for (let place = 0; place < many; place++) ids.add((place * 7919) % many)
  assert.is(ids.size, many)
  assert.equal(ids.window(123_456, 3), [123_456, 123_457, 123_458])
  for (let id = 0; id < many; id += 2) assert.ok(ids.delete(id))
  assert.not.ok(ids.delete(0))
  assert.equal(ids.window(50_000, 2), [100_001, 100_003])
  assert.equal(ids.window(many, 2), [])
})

ordered.run()
