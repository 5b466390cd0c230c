import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Cursor } from '../src/top/cursor.ts'
import { Scan } from '../src/top/scan.ts'
import { bytesText, rateText } from '../src/top/screens/numbers.ts'
import { share } from '../src/top/screens/screen.ts'

const counts = suite('what rtnl top counts with')

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
