import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { elementTop, furthest, rowHeight, scrolledTop, scrollHeight } from '../client/virtual-scroll.ts'

const scrolling = suite('how a page scrolls through rows')

/** Browsers draw no element that is higher: Firefox has the lowest limit. */
const highest = 17_800_000

const scrolled = fc.record({ rows: fc.nat(5_000_000), height: fc.integer({ min: 100, max: 3000 }) })

scrolling('no element is too high, and its ends are those of the rows', () => {
  fc.assert(
    fc.property(scrolled, fc.double({ min: 0, max: 1, noNaN: true }), (one, share) => {
      const range = Math.max(0, scrollHeight(one) - one.height)
      assert.ok(scrollHeight(one) <= highest)
      assert.is(scrolledTop(share * furthest(one), 1, 0, one), 0)
      assert.is(scrolledTop(share * furthest(one), 0, range, one), range === 0 ? 0 : furthest(one))
      assert.ok(elementTop(share * furthest(one), one) <= range + 0.001)
    }),
  )
})

scrolling('a wheel moves by as much as it says, also where the element is lower than the rows', () => {
  const one = { rows: 1_000_000, height: 600 }
  assert.ok(furthest(one) > scrollHeight(one))
  assert.is(scrolledTop(5000, 1400, 1500, one), 5100)
  assert.is(scrolledTop(5000, 1400, 1300, one), 4900)
})

scrolling('the bar leads to that part of the rows', () => {
  const one = { rows: 1_000_000, height: 600 }
  const middle = scrolledTop(0, 0, (scrollHeight(one) - one.height) / 2, one)
  assert.is(Math.round(middle / rowHeight), Math.round(furthest(one) / 2 / rowHeight))
  // And where one is then, the element is.
  assert.is(Math.round(elementTop(middle, one)), (scrollHeight(one) - one.height) / 2)
})

scrolling.run()
