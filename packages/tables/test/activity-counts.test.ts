import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rate } from '../src/activity/rate.ts'
import { Ring } from '../src/activity/ring.ts'
import { Tally } from '../src/activity/tally.ts'

const counts = suite('what changes of tables are counted with')

counts('a rate knows the last minute, second by second', () => {
  const rate = new Rate()
  rate.add(2, 1_000_000)
  rate.add(3, 1_000_999)
  rate.add(10, 1_002_000)
  assert.equal(rate.series(1_002_500).slice(-4), [0, 5, 0, 10])
  // 1000 to 1004 are over, 1005 is not.
  assert.is(rate.perSecond(1_005_000), 3)
  assert.is(rate.series(1_059_000)[0], 5)
  assert.is(rate.series(1_060_000)[0], 0)
  assert.equal(new Set(rate.series(2_000_000)), new Set([0]))
})

counts('a clock that is set back adds to the last second', () => {
  const rate = new Rate()
  rate.add(1, 1_000_000)
  rate.add(1, 400_000)
  assert.is(rate.series(1_000_000).at(-1), 2)
})

counts('a rate is what a plain list of times gives', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(90_000), { maxLength: 40 }), (steps) => {
      const rate = new Rate()
      const seconds: number[] = []
      let now = 5_000_000
      for (const step of steps) {
        now += step
        rate.add(1, now)
        seconds.push(Math.floor(now / 1000))
      }
      const last = Math.floor(now / 1000)
      const expected = Array.from(
        { length: 60 },
        (_, place) => seconds.filter((one) => one === last - 59 + place).length,
      )
      assert.equal(rate.series(now), expected)
    }),
  )
})

counts('a tally holds so many keys, and forgets those of the fewest counts', () => {
  const tally = new Tally<number, string>(4)
  for (const key of [1, 2, 2, 3, 3, 3, 4]) tally.add(key, `seen ${key}`, key)
  assert.equal(
    tally.most(2).map(({ key, count, seen }) => [key, count, seen]),
    [
      [3, 3, 'seen 3'],
      [2, 2, 'seen 2'],
    ],
  )
  tally.add(5, 'new', 9)
  assert.equal([...tally.values()].map(({ key }) => key).sort(), [2, 3, 5])
  tally.add(5, 'newer', 10)
  assert.equal(tally.get(5), { key: 5, count: 2, at: 10, seen: 'newer' })
  assert.is(tally.get(1), undefined)
  for (let key = 100; key < 10_000; key++) tally.add(key, '', 11)
  assert.ok([...tally.values()].length <= 4)
})

counts('a ring has the newest things', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.nat(), { maxLength: 20 }), (limit, things) => {
      const ring = new Ring<number>(limit)
      for (const thing of things) ring.push(thing)
      assert.equal(ring.newest(), things.slice(-limit).reverse())
      assert.equal(ring.newest(2), things.slice(-limit).reverse().slice(0, 2))
    }),
  )
})

counts.run()
