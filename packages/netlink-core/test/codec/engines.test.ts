import { attribute, header, littleEndian, message, u8, u32, Writer } from '@rtnl/netlink-core'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../../tools/compliance/src/tries.ts'
import { decode, encode, headerLength, outcome, sampleMessage, viewOf } from './sample.ts'

const both = suite('both engines')

const compiled = sampleMessage('compiled')
const interpreted = sampleMessage('interpreted')
type Entry = ReturnType<typeof compiled.decode>

const integer = (min: number, max: number) => fc.integer({ min, max })
const hexText = (most: number) =>
  fc.uint8Array({ maxLength: most }).map((bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')))
const address = fc.constantFrom('10.0.0.1', '0.0.0.0', '2001:db8::1', '::', '::ffff:192.0.2.1', 'fe80::1:0:0:2')
const deeper = fc.record(
  { port: integer(0, 0xffff), mark: integer(0, 0xffffffff) },
  { requiredKeys: [], noNullPrototype: true },
)
const u64 = fc.maxSafeNat()

const entries: fc.Arbitrary<Entry> = fc
  .record(
    {
      family: integer(0, 0xff),
      kind: integer(0, 0xffff),
      ifindex: integer(-0x80000000, 0x7fffffff),
      flags: integer(0, 0xff),
      id: integer(0, 0xffffffff),
      members: fc.array(integer(1, 0xffff), { minLength: 1, maxLength: 5 }),
      flag: fc.constant<true>(true),
      inner: fc.record(
        { buckets: integer(0, 0xffff), age: u64, deeper, via: address },
        { requiredKeys: [], noNullPrototype: true },
      ),
      gateway: address,
      lladdr: hexText(32)
        .filter((pairs) => pairs.length > 0)
        .map((pairs) => pairs.join(':')),
      name: fc.string({ maxLength: 15 }).filter((name) => !name.includes('\0')),
      bytes: hexText(9).map((pairs) => pairs.join('')),
      count: u64,
      port: integer(0, 0xffff),
      vni: integer(0, 0xffffffff),
      offset: integer(-0x80000000, 0x7fffffff),
      wide: u64,
      small: integer(1, 32),
      // An empty array is no attribute, and is read back as none.
      marks: fc.array(integer(0, 0xffffffff), { minLength: 1, maxLength: 4 }),
      shelf: fc.record(
        { size: integer(0, 0xffff), mode: integer(0, 0xff), via: address },
        { requiredKeys: ['size', 'mode'], noNullPrototype: true },
      ),
      parts: fc.array(
        fc.record(
          {
            via: address,
            ports: fc.array(integer(0, 0xffff), { minLength: 1, maxLength: 3 }),
            deeper: fc.array(deeper, { minLength: 1, maxLength: 3 }),
          },
          { requiredKeys: [], noNullPrototype: true },
        ),
        { minLength: 1, maxLength: 4 },
      ),
    },
    { requiredKeys: ['family', 'kind', 'ifindex', 'flags'], noNullPrototype: true },
  )
  .map((entry) => entry as Entry)

/** Both engines on the same bytes, in every way of reading: the same values, in the same order, or the same error. */
function compare(bytes: Uint8Array): void {
  const view = viewOf(bytes)
  const ways = ['decode', 'decodeStable', 'decodeWhole'] as const
  for (const way of ways) {
    const first = outcome<unknown>(() => compiled[way](view, 0, bytes.length))
    const second = outcome<unknown>(() => interpreted[way](view, 0, bytes.length))
    assert.equal(first, second)
    assert.is(JSON.stringify(first), JSON.stringify(second))
  }
}

both('are what the sample asks for', () => {
  assert.is(compiled.set.engine, 'compiled')
  assert.is(interpreted.set.engine, 'interpreted')
})

both('write the same bytes, and read them back as the entry', () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const bytes = encode(compiled, entry)
      assert.equal(encode(interpreted, entry), bytes)
      assert.equal(decode(compiled, bytes), entry)
      compare(bytes)
    }),
    { numRuns: tries(500, 2) },
  )
})

both('refuse the same entries with the same words', () => {
  const attempt = (sample: typeof compiled, entry: object): string => {
    const writer = new Writer(16)
    try {
      sample.encode(writer, entry)
      return 'written'
    } catch (error) {
      assert.is(writer.length, 0)
      return String(error)
    }
  }
  const names = Object.keys(decode(compiled, encode(compiled, { id: 1, flag: true, gateway: '::', inner: {} })))
  const name = fc.constantFrom(
    ...names,
    'members',
    'lladdr',
    'name',
    'bytes',
    'wide',
    'small',
    'port',
    'marks',
    'parts',
    'shelf',
    'colour',
  )
  fc.assert(
    fc.property(entries, name, fc.anything(), (entry, field, value) => {
      const wrong = { ...entry, [field]: value }
      assert.is(attempt(compiled, wrong), attempt(interpreted, wrong))
    }),
    { numRuns: tries(500, 2) },
  )
})

both('read changed bytes to the same values or the same error', () => {
  const changes = fc.array(fc.tuple(fc.nat(), integer(0, 0xff)), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(entries, changes, fc.nat(), (entry, mutations, cut) => {
      const bytes = encode(compiled, entry)
      for (const [place, value] of mutations) bytes[place % bytes.length] = value
      compare(bytes)
      compare(bytes.subarray(0, cut % (bytes.length + 1)))
    }),
    { numRuns: tries(1000, 2) },
  )
})

both('read arbitrary attributes to the same values or the same error', () => {
  const attribute = fc.record({
    type: integer(0, 19),
    bits: fc.constantFrom(0, 0x8000, 0x4000),
    payload: fc.uint8Array({ maxLength: 20 }),
  })
  fc.assert(
    fc.property(fc.array(attribute, { maxLength: 8 }), (attributes) => {
      const writer = new Writer(64)
      writer.zeros(headerLength)
      for (const { type, bits, payload } of attributes) {
        const at = writer.begin(type | bits)
        writer.raw(payload)
        writer.end(at)
      }
      compare(writer.bytes())
    }),
    { numRuns: tries(1000, 2) },
  )
})

both('read arbitrary bytes to the same values or the same error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      compare(bytes)
    }),
    { numRuns: tries(1000, 2) },
  )
})

both('read the largest message, made of the smallest attributes, in bounded time', () => {
  const bytes = new Uint8Array(1024 * 1024)
  const view = viewOf(bytes)
  for (let at = headerLength; at + 4 <= bytes.length; at += 4) {
    view.setUint16(at, 4, littleEndian)
    view.setUint16(at + 2, 99, littleEndian)
  }
  const begin = process.cpuUsage()
  compiled.decode(view, 0, bytes.length)
  interpreted.decode(view, 0, bytes.length)
  const { user, system } = process.cpuUsage(begin)
  assert.ok(user + system < 5_000_000, `${user + system} µs of the processor`)
})

both('take turns by default: code is generated once a declaration has been used some times', () => {
  // Generated code reads a number by itself, and knows the flag.
  let interpreted = { reads: 0, writes: 0 }
  const counted: typeof u32 = {
    ...u32,
    read(view, offset, length, volatile) {
      interpreted.reads++
      return u32.read(view, offset, length, volatile)
    },
    get nestedFlag() {
      interpreted.writes++
      return false
    },
  }
  const declaration = { header: { family: header(u8) }, attributes: { id: attribute(1, counted) } }
  const bytes = encode(message('thing', declaration, 'interpreted'), { family: 2, id: 7 })
  const thing = message('thing', declaration)
  const use = (times: number) => {
    interpreted = { reads: 0, writes: 0 }
    for (let i = 0; i < times; i++) {
      assert.equal(encode(thing, { family: 2, id: 7 }), bytes)
      assert.equal(decode(thing, bytes), { family: 2, id: 7 })
    }
    return interpreted
  }
  assert.equal(use(3), { reads: 3, writes: 3 })
  use(200)
  assert.equal(use(3), { reads: 0, writes: 0 })
})

both.run()
