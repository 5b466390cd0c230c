import { attribute, composed, exactSpan, littleEndian, message, readOnlySpan, span, u8, u32 } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { body, engines, headerLength, outcome, viewOf } from './sample.ts'

const fields = suite('fields of several attributes')

const number = (value: number) => [...new Uint8Array(Uint32Array.of(value).buffer)]

for (const engine of engines) {
  /** A lifetime that runs, of which it counts whether it is set; a pair of numbers, the second one only read. */
  const sample = message(
    'sample',
    {
      header: {},
      attributes: {
        id: attribute(1, u32),
        expires: composed<number>({
          spans: [span(2, 8)],
          volatile: true,
          presence: { offset: 4 },
          read: (view, _header, at = -1) => {
            const left = at < 0 ? 0 : view.getInt32(at + 4, littleEndian)
            return left === 0 ? undefined : left
          },
          write() {},
        }),
        last: attribute(3, u8),
        pair: composed<number[]>({
          spans: [exactSpan(4, 4, 1), readOnlySpan(5, 1)],
          read: (view, _header, at = -1, length = 0, other = -1) =>
            at < 0 ? undefined : [length, other < 0 ? 0 : view.getUint8(other)],
          write() {},
        }),
      },
    },
    engine,
  )
  const read = (way: 'decode' | 'decodeStable', bytes: Uint8Array): unknown =>
    sample[way](viewOf(bytes), headerLength, bytes.length)

  fields(`${engine}: of a value that runs it counts whether it is there`, () => {
    const set = body([3, [7]], [2, [...number(1), ...number(500)]], [1, number(5)])
    assert.equal(read('decode', set), { id: 5, expires: 500, last: 7 })
    assert.equal(read('decodeStable', set), { id: 5, expires: true, last: 7 })
    assert.equal(Object.keys(read('decodeStable', set) as object), ['id', 'expires', 'last'])
    // The other word does not say so.
    const unset = body([2, [...number(1), ...number(0)]], [1, number(5)])
    assert.equal(read('decodeStable', unset), { id: 5 })
    assert.equal(read('decodeStable', body([1, number(5)])), { id: 5 })
  })

  fields(
    `${engine}: an attribute that is only looked at is unknown to those who write back, the others are not`,
    () => {
      const bytes = body([4, [9]], [5, [3]])
      const { entry, unknown } = sample.decodeWhole(viewOf(bytes), headerLength, bytes.length)
      assert.equal(entry, { pair: [1, 3] })
      assert.equal(
        unknown.map(({ type, payload }) => [type, ...payload]),
        [[5, 3]],
      )
    },
  )

  fields(`${engine}: bounds are those of the lengths, in whatever order they are declared`, () => {
    assert.equal(read('decode', body([4, number(9)])), { pair: [4, 0] })
    for (const length of [0, 5]) {
      assert.match(
        String(outcome(() => read('decode', body([4, Array(length).fill(1)])))),
        new RegExp(`payload of ${length} bytes does not fit`),
      )
    }
  })
}

fields('names of fields of the header that are no part of an entry are told', () => {
  const { hidden } = message('sample', {
    header: { shown: { kind: u8, visible: true }, filler: { kind: u8, visible: false } },
    attributes: {},
  })
  assert.equal(hidden, ['filler'])
})

fields.run()
