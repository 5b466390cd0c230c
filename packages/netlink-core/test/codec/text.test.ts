import { isIP } from 'node:net'
import { formatHardwareAddress, formatIpv4, formatIpv6, parseAddress, Writer, writeAddress } from '@rtnl/netlink-core'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../../tools/compliance/src/tries.ts'
import { viewOf } from './sample.ts'

const text = suite('text of addresses')

const bytesOf = (address: string): Uint8Array => {
  const bytes = parseAddress(address)
  assert.ok(bytes, address)
  return bytes
}
const format = (bytes: Uint8Array) => (bytes.length === 4 ? formatIpv4 : formatIpv6)(viewOf(bytes), 0)

// RFC 5952: the forms of sections 1, 2 and 4, and the one that is right.
const canonical: readonly [written: string, right: string][] = [
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8::0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:0:1::1', '2001:db8::1:0:0:1'],
  ['2001:DB8:0:0:1::1', '2001:db8::1:0:0:1'],
  ['2001:0db8::0001', '2001:db8::1'],
  ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:aaaa:bbbb:cccc:dddd:eeee:AAAA', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['1:0:0:0:0:0:0:0', '1::'],
  ['0:0:1:0:0:0:0:0', '0:0:1::'],
  ['::ffff:c000:201', '::ffff:192.0.2.1'],
  ['::ffff:0:0', '::ffff:0.0.0.0'],
  // As `inet_ntop` of glibc has it, and so `ip`.
  ['::c000:201', '::192.0.2.1'],
  ['::1:2', '::0.1.0.2'],
  ['::102', '::102'],
  ['0:0:0:0:1::', '::1:0:0:0'],
  ['::ffff:0:c000:201', '::ffff:0:c000:201'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
]

text('IPv6 in the form of RFC 5952, and compatible addresses as `ip` prints them', () => {
  for (const [written, right] of canonical) assert.is(format(bytesOf(written)), right, written)
})

/** Addresses with runs of zeros, which is where the forms differ. */
const groups = fc.array(fc.oneof(fc.constant(0), fc.constant(0xffff), fc.integer({ min: 0, max: 0xffff })), {
  minLength: 8,
  maxLength: 8,
})
const ipv6 = groups.map((values) => Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff])))

text('IPv6 reads back as the bytes it was, and is what ipaddr.js writes', () => {
  fc.assert(
    fc.property(ipv6, (bytes) => {
      const written = format(bytes)
      assert.equal(parseAddress(written), bytes)
      assert.is(isIP(written), 6)
      if (!written.includes('.')) assert.is(written, ipaddr.fromByteArray([...bytes]).toString())
    }),
  )
})

text('an IPv4-mapped address reads back as sixteen bytes, an IPv4 address as four', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
      assert.equal(parseAddress(format(bytes)), bytes)
      const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes)
      assert.is(format(mapped), `::ffff:${format(bytes)}`)
      assert.equal(parseAddress(format(mapped)), mapped)
    }),
  )
})

text('an address is read at its offset', () => {
  const bytes = Uint8Array.of(9, 10, 0, 0, 1, ...bytesOf('2001:db8::1'), 9)
  assert.is(formatIpv4(viewOf(bytes), 1), '10.0.0.1')
  assert.is(formatIpv6(viewOf(bytes), 5), '2001:db8::1')
  assert.is(formatHardwareAddress(viewOf(bytes), 0, 3), '09:0a:00')
})

text('what is no address is refused', () => {
  const wrong = [
    ...['', ' ', '1', '10.0.0', '10.0.0.0.1', '10.0.0.256', '10.0.0.01', '010.0.0.1', '0x0a.0.0.1', '10.0.0.1 '],
    ...[' 10.0.0.1', '10.0.0.1/24', '10..0.1', '-1.0.0.0', '１.0.0.1', '::/0', ':', ':::', '1::2::3', '::g', '12345::'],
    ...['1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '::1%lo', 'fe80::1%1', '[::1]', '::ffff:1.2.3', '::ffff:1.2.3.256'],
    ...['::ffff:010.1.1.1', '::ffff:0x7f.0.0.1', '::1 ', '::1\n', '10.0.0.1\n', '1:2:3:4:5:6:7::8:9'],
  ]
  for (const address of wrong) assert.is(parseAddress(address), undefined, JSON.stringify(address))
})

text('what is taken for an address is what the runtime takes for one', () => {
  const piece = fc.constantFrom('0', '1', 'ff', '0db8', '::', ':', '.', '10', '255', '256', '%', 'g', '00', '0x1', ' ')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
      const address = pieces.join('')
      if (address.includes('%')) assert.is(parseAddress(address), undefined)
      else assert.is(parseAddress(address) !== undefined, isIP(address) !== 0, address)
    }),
    { numRuns: tries(5000, 2) },
  )
})

text('an address has the bytes that ipaddr.js reads in it', () => {
  const piece = fc.constantFrom('0', '1', 'ff', '0dB8', 'FFFF', '::', ':', ':', ':')
  const pieces = fc.array(piece, { maxLength: 18 }).map((parts) => parts.join(''))
  const dotted = fc.constantFrom('', '192.0.2.1', ':255.255.0.9')
  fc.assert(
    fc.property(pieces, dotted, (head, ending) => {
      const address = head + ending
      fc.pre(address.includes(':') && isIP(address) === 6)
      const [, groups = address, a, b, c, d] = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address) ?? []
      const pair = (high: unknown, low: unknown) => ((Number(high) << 8) | Number(low)).toString(16)
      const plain = a === undefined ? address : `${groups}${pair(a, b)}:${pair(c, d)}`
      assert.equal([...bytesOf(address)], ipaddr.IPv6.parse(plain).toByteArray(), address)
    }),
    { numRuns: tries(2000, 2) },
  )
})

text('an address is read up to where it ends, whatever stands behind it', () => {
  const piece = fc.constantFrom('0', '1', 'ff', '::', ':', '.', '10.0.0.1', '255')
  const pieces = fc.array(piece, { maxLength: 10 }).map((parts) => parts.join(''))
  const written = (address: string, end?: number): number[] | undefined => {
    const writer = new Writer(16)
    try {
      writeAddress(writer, address, end)
    } catch {
      return undefined
    }
    return [...writer.bytes()]
  }
  fc.assert(
    fc.property(pieces, fc.constantFrom('/8', '/128', '0/0', '.1', ':1'), (address, behind) => {
      assert.equal(written(address + behind, address.length), isIP(address) === 0 ? undefined : [...bytesOf(address)])
    }),
    { numRuns: tries(3000, 2) },
  )
})

text.run()
