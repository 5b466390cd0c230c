import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Cursor } from '../src/top/cursor.ts'
import { Rate } from '../src/top/model/rate.ts'
import { Ring } from '../src/top/model/ring.ts'
import { Scan } from '../src/top/model/scan.ts'
import { Tally } from '../src/top/model/tally.ts'
import { bytesText, rateText } from '../src/top/screens/numbers.ts'
import { share } from '../src/top/screens/screen.ts'

const counts = suite('what rtnl top counts with')

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

counts('a scan shows the pass before until one is complete, and ends at its limit', () => {
  let things = [1, 2, 3, 4, 5]
  const scan = new Scan(() => things.map((thing) => (thing % 2 === 0 ? undefined : thing)), 10)
  scan.begin()
  assert.ok(scan.isCut)
  scan.advance(1000)
  assert.equal([scan.result, scan.isCut, scan.isRunning], [[1, 3, 5], false, false])
  things = Array.from({ length: 1000 }, (_, place) => place)
  scan.begin()
  assert.equal(scan.result, [1, 3, 5])
  // Without time it still looks at some of them.
  let turns = 0
  for (; scan.isRunning; turns++) scan.advance(-1)
  assert.ok(turns < 1000)
  assert.equal([scan.result, scan.isCut], [[1, 3, 5, 7, 9, 11, 13, 15, 17, 19], true])
})

counts('a cursor stays with its line where that moves, and at its place where it goes', () => {
  const cursor = new Cursor()
  assert.is(cursor.find([]), -1)
  assert.is(cursor.find(['a', 'b', 'c']), 0)
  cursor.move(1)
  assert.is(cursor.find(['a', 'b', 'c']), 1)
  assert.is(cursor.find(['c', 'a', 'x', 'b']), 3)
  assert.is(cursor.find(['c', 'a', 'x']), 2)
  cursor.move(Number.MAX_SAFE_INTEGER)
  assert.is(cursor.find(['a', 'b', 'c', 'd', 'e']), 4)
  assert.is(cursor.window(5, 2), 3)
  cursor.move(-1)
  cursor.find(['a', 'b', 'c', 'd', 'e'])
  assert.is(cursor.window(5, 2), 3)
  cursor.reset()
  cursor.find(['a', 'b', 'c', 'd', 'e'])
  assert.is(cursor.window(5, 2), 0)
})

counts('a height is shared: the first parts first, no more than there is', () => {
  assert.equal(
    share(10, [
      { least: 4, most: 6 },
      { least: 2, most: 9 },
    ]),
    [6, 4],
  )
  assert.equal(
    share(5, [
      { least: 4, most: 6 },
      { least: 2, most: 9 },
    ]),
    [5, 0],
  )
  assert.equal(
    share(30, [
      { least: 4, most: 6 },
      { least: 2, most: 9 },
    ]),
    [6, 9],
  )
  fc.assert(
    fc.property(fc.nat(60), fc.array(fc.tuple(fc.nat(9), fc.nat(40)), { maxLength: 6 }), (height, wants) => {
      const parts = share(
        height,
        wants.map(([least, more]) => ({ least, most: least + more })),
      )
      assert.ok(parts.reduce((sum, lines) => sum + lines, 0) <= height)
    }),
  )
})

counts('numbers for people', () => {
  assert.equal([0, 0.2, 9.96, 10, 12345.6].map(rateText), ['0', '0.2', '10.0', '10', '12,346'])
  assert.equal([0, 1023, 1024, 15_000, 425_984, 69_206_016].map(bytesText), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '15 KiB',
    '416 KiB',
    '66 MiB',
  ])
})

counts.run()
