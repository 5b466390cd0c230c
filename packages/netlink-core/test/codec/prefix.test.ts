import { AddressFamily, canonicalPrefix, InvalidValue, parsePrefixInto, Writer, writePrefix } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const prefixes = suite('prefixes as texts')

const { INET, INET6 } = AddressFamily
const isInvalid = (error: unknown): boolean => error instanceof InvalidValue

// The texts of IPv6 addresses are those of RFC 5952.
for (const [text, family, prefix, length] of [
  ['0.0.0.0/0', INET, '0.0.0.0/0', 0],
  ['10.0.0.1/8', INET, '10.0.0.1/8', 8],
  ['255.255.255.255/32', INET, '255.255.255.255/32', 32],
  ['::/0', INET6, '::/0', 0],
  ['2001:0DB8:0:0::1/32', INET6, '2001:db8::1/32', 32],
  ['2001:db8:0:1:1:1:1:1/128', INET6, '2001:db8:0:1:1:1:1:1/128', 128],
  ['::ffff:192.0.2.1/96', INET6, '::ffff:192.0.2.1/96', 96],
] as const) {
  prefixes(`${text} is ${prefix}`, () => assert.equal(canonicalPrefix(text), { family, prefix, length }))
}

for (const text of [
  '',
  '/',
  '/8',
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/08',
  '10.0.0.0/+8',
  '10.0.0.0/8 ',
  '10.0.0/8',
  '10.0.0.0/8/8',
  '::1/129',
  '::1/1000',
  'fe80::1%lo/64',
  8,
  undefined,
  null,
  {},
]) {
  prefixes(`${JSON.stringify(text)} is none`, () => assert.throws(() => canonicalPrefix(text), isInvalid))
}

prefixes('the bytes are appended to what was written before', () => {
  const writer = new Writer(4)
  writer.setU8(writer.begin(1), 0)
  const before = writer.length
  assert.is(writePrefix(writer, '10.0.0.1/24'), 24)
  assert.equal([...writer.bytes().slice(before)], [10, 0, 0, 1])
})

prefixes('are written over others of their family, and over no others', () => {
  const view = new DataView(new ArrayBuffer(16))
  assert.is(parsePrefixInto(view, 4, 4, '10.0.0.1/24'), 24)
  assert.equal([...new Uint8Array(view.buffer, 4, 4)], [10, 0, 0, 1])
  assert.is(parsePrefixInto(view, 0, 16, '2001:db8::1/64'), 64)
  assert.is(view.getUint32(0), 0x20010db8)
  for (const text of ['2001:db8::1/64', '10.0.0.0/33', '10.0.0.0', '10.0.0/8', '/8', '']) {
    assert.is(parsePrefixInto(view, 0, 4, text), -1, text)
  }
  for (const text of ['10.0.0.0/8', '::/129', '::1']) assert.is(parsePrefixInto(view, 0, 16, text), -1, text)
})

prefixes.run()
