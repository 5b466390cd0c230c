import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../../tools/compliance/src/tries.ts'
import { RowIndex } from '../../src/store/row-index.ts'

const indexes = suite('row index')

/** An index, and the hashes of its ids. */
class Indexed {
  readonly hashes = new Map<number, number>()
  readonly #index = new RowIndex((id) => this.hashes.get(id)!)

  insert(id: number, hash: number): void {
    this.#index.insert(id, hash)
    this.hashes.set(id, hash)
  }

  remove(id: number): void {
    this.#index.remove(id, this.hashes.get(id)!)
    this.hashes.delete(id)
  }

  idsOf(hash: number): number[] {
    const index = this.#index
    const ids: number[] = []
    for (let id = index.first(hash); id >= 0; id = index.next()) {
      assert.ok(this.hashes.has(id), 'only ids that are there')
      if (this.hashes.get(id) === hash) ids.push(id)
    }
    // An id that is just moving to the larger table is in both.
    return [...new Set(ids)].sort((a, b) => a - b)
  }
}

/** Few hashes, so that rows crowd each other, in either half of any table. */
const hashes = fc.constantFrom(0, 1, 2, 31, 32, 33, 64, 97, -1, -2)

indexes('holds what was inserted and not removed, while it grows too', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ hash: hashes, removes: fc.nat(5) }), { maxLength: 300 }),
      fc.infiniteStream(fc.nat()),
      (steps, numbers) => {
        const index = new Indexed()
        const model = new Map<number, number>()
        const removeOne = (): void => {
          const victim = [...model.keys()][numbers.next().value! % model.size]!
          index.remove(victim)
          model.delete(victim)
        }
        for (const [id, { hash, removes }] of steps.entries()) {
          // Mostly more come than go. The hash may be the one that was asked for last, before another went.
          if (removes === 0 && model.size > 0) removeOne()
          index.insert(id, hash)
          model.set(id, hash)
          if (removes === 1) removeOne()
          const expected = [...model].filter(([, other]) => other === hash).map(([known]) => known)
          assert.equal(index.idsOf(hash), expected)
        }
        for (const hash of [0, 1, 2, 31, 32, 33, 64, 97, -1, -2, 5]) {
          assert.equal(
            index.idsOf(hash),
            [...model].filter(([, other]) => other === hash).map(([known]) => known),
          )
        }
      },
    ),
    { numRuns: tries(200, 2) },
  )
})

indexes('an id that went may come again with another hash', () => {
  const index = new Indexed()
  for (let id = 0; id < 1000; id++) index.insert(id, id)
  for (let id = 0; id < 1000; id += 2) index.remove(id)
  for (let id = 0; id < 1000; id += 2) index.insert(id, id + 100_000)
  for (let id = 0; id < 1000; id++) {
    assert.equal(index.idsOf(id), id % 2 === 0 ? [] : [id])
    assert.equal(index.idsOf(id + 100_000), id % 2 === 0 ? [id] : [])
  }
})

indexes.run()
