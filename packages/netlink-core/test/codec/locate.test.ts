import { littleEndian } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { body, encode, headerLength, sampleMessage, Type, viewOf } from './sample.ts'

const locating = suite('locating')

const sample = sampleMessage('compiled')
const at = (bytes: Uint8Array, offset: number) => sample.set.locate(viewOf(bytes), 0, bytes.length, offset)

locating('fields of the header, hidden ones as the header', () => {
  const bytes = encode(sample, {})
  assert.equal(
    Array.from(bytes, (_, offset) => at(bytes, offset)),
    [
      'family',
      'header',
      'kind',
      'kind',
      'ifindex',
      'ifindex',
      'ifindex',
      'ifindex',
      'flags',
      ...Array(3).fill(undefined),
    ],
  )
})

locating('attributes, from their own header to their last byte', () => {
  const bytes = encode(sample, { id: 1, members: [1, 2], port: 5 })
  const names = Array.from(bytes.subarray(headerLength), (_, offset) => at(bytes, headerLength + offset))
  assert.equal(names, [
    ...Array(8).fill('id'),
    ...Array(12).fill('members'),
    ...Array(6).fill('port'),
    // Padding belongs to no attribute.
    undefined,
    undefined,
  ])
})

locating('attributes inside nested sets by their whole path', () => {
  const bytes = encode(sample, { inner: { buckets: 1, deeper: { port: 1, mark: 2 } } })
  const start = headerLength
  assert.is(at(bytes, start), 'inner', 'the header of the nest is the nest')
  assert.is(at(bytes, start + 4), 'inner.buckets')
  assert.is(at(bytes, start + 12), 'inner.deeper')
  assert.is(at(bytes, start + 16), 'inner.deeper.port')
  assert.is(at(bytes, start + 24 + 4), 'inner.deeper.mark')
})

locating('one of the values of an attribute that repeats', () => {
  const bytes = encode(sample, { id: 1, marks: [5, 6], parts: [{ ports: [1, 2] }] })
  const start = headerLength + 8
  assert.is(at(bytes, start), 'marks[0]')
  assert.is(at(bytes, start + 8 + 4), 'marks[1]')
  assert.is(at(bytes, start + 16), 'parts[0]')
  assert.is(at(bytes, start + 16 + 4), 'parts[0].ports[0]')
  assert.is(at(bytes, start + 16 + 4 + 8), 'parts[0].ports[1]')
})

locating('attributes that are not declared by their number', () => {
  const bytes = body([Type.ID, [0, 0, 0, 0]], [77, [0, 0, 0, 0]])
  assert.is(at(bytes, headerLength + 8), 'attribute 77')
  assert.is(sample.set.nameOf(77), undefined)
  assert.is(sample.set.nameOf(Type.GATEWAY), 'gateway')
  assert.is(sample.set.nameOf(Type.MEMBER_FLAGS), 'members')
})

locating('nothing outside, and nothing behind a length that does not fit', () => {
  const bytes = body([Type.ID, [0, 0, 0, 0]], [Type.PORT, [0, 0]])
  for (const offset of [-1, bytes.length, 1000]) assert.is(at(bytes, offset), undefined)
  for (const length of [0, 3, 100]) {
    viewOf(bytes).setUint16(headerLength, length, littleEndian)
    assert.is(at(bytes, headerLength + 8), undefined)
  }
})

locating.run()
