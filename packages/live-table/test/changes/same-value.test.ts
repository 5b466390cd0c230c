import { sameValue } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const same = suite('the same value')

const values: readonly unknown[] = [
  undefined,
  null,
  0,
  1,
  1n,
  '',
  'a',
  '1',
  true,
  false,
  [],
  {},
  ['a'],
  { 0: 'a' },
  [1, 2],
  [2, 1],
  { id: 1 },
  { id: 2 },
  { id: 1, label: undefined },
  { label: 1 },
  { hops: [{ oif: 1 }, { oif: 2 }] },
  { hops: [{ oif: 1 }, { oif: 3 }] },
  { hops: [{ oif: 1 }] },
  { hops: { 0: { oif: 1 } } },
]

for (const [place, value] of values.entries()) {
  same(`no other is the same as ${typeof value} ${place}, and a copy is`, () => {
    for (const [otherPlace, other] of values.entries()) {
      assert.is(sameValue(value, other), place === otherPlace, `${place} and ${otherPlace}`)
    }
    assert.ok(sameValue(value, structuredClone(value)))
  })
}

same('the order of fields does not count', () => {
  assert.ok(sameValue({ a: 1, b: [2] }, { b: [2], a: 1 }))
})

same.run()
