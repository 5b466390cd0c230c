import { findAttribute, InvalidBytes } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { body, headerLength, viewOf } from './sample.ts'

const finding = suite('finding an attribute')

/** Attributes 1 and 2, with 3 and 1 bytes. */
const two = body([1, [7, 8, 9]], [2, [5]])

finding('gives the place of its payload, or -1', () => {
  assert.is(findAttribute(viewOf(two), headerLength, two.length, 1), headerLength + 4)
  assert.is(findAttribute(viewOf(two), headerLength, two.length, 2), headerLength + 12)
  assert.is(findAttribute(viewOf(two), headerLength, two.length, 3), -1)
  assert.is(findAttribute(viewOf(two), headerLength, headerLength, 1), -1, 'without attributes')
})

finding('does not look at what stands behind the end, or at the flags of the type', () => {
  assert.is(findAttribute(viewOf(two), headerLength, headerLength + 8, 2), -1)
  // NLA_F_NESTED
  const nested = body([0x8001, [7]])
  assert.is(findAttribute(viewOf(nested), headerLength, nested.length, 1), headerLength + 4)
})

finding('refuses lengths that do not fit', () => {
  const broken = two.slice()
  for (const [length, left] of [
    [3, 16],
    [17, 16],
  ] as const) {
    viewOf(broken).setUint16(headerLength, length, true)
    assert.throws(
      () => findAttribute(viewOf(broken), headerLength, broken.length, 2),
      (error: Error) =>
        error instanceof InvalidBytes && error.message === `attribute length ${length} with ${left} bytes left`,
    )
  }
  assert.throws(
    () => findAttribute(viewOf(two), headerLength, headerLength + 3, 1),
    (error: Error) => error instanceof InvalidBytes && error.message === 'attribute length 0 with 3 bytes left',
  )
})

finding.run()
