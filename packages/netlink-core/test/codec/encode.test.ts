import { littleEndian, nestedFlag, Writer } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { caught, decode, encode, engines, headerLength, sampleMessage, Type, viewOf } from './sample.ts'

const encoding = suite('encoding')

for (const engine of engines) {
  const sample = sampleMessage(engine)

  const kept: readonly [name: string, values: readonly unknown[]][] = [
    ['id', [0, 1, 0xffffffff]],
    ['offset', [-0x80000000, -1, 0, 0x7fffffff]],
    ['wide', [0, 2 ** 32, Number.MAX_SAFE_INTEGER]],
    ['port', [0, 0xffff]],
    ['vni', [0, 0xffffffff]],
    ['small', [1, 32]],
    ['flag', [true]],
    ['gateway', ['0.0.0.0', '255.255.255.255', '::', '2001:db8::1', '::ffff:192.0.2.1']],
    ['lladdr', ['02', '02:00:00:00:00:01', Array(32).fill('ff').join(':')]],
    ['name', ['', 'eth0', 'fifteen--bytes-', 'grün']],
    ['bytes', ['', '00', 'deadbeef']],
    ['members', [[1], [1, 2, 0xffff]]],
    ['marks', [[0], [3, 1, 3, 0xffffffff]]],
    ['parts', [[{}], [{ ports: [1, 2] }, { via: '10.0.0.1' }, { deeper: [{}, { port: 80 }] }]]],
    [
      'shelf',
      [
        { size: 0xffff, mode: 3 },
        { size: 0, mode: 0, via: '10.0.0.1' },
      ],
    ],
    ['inner', [{}, { buckets: 0xffff }, { deeper: { port: 80, mark: 1 }, via: '10.0.0.1' }]],
    ['family', [0, 255]],
    ['kind', [0, 0xffff]],
    ['ifindex', [-0x80000000, 0x7fffffff]],
  ]
  for (const [name, values] of kept) {
    encoding(`${engine}: ${name} comes back as it was written`, () => {
      for (const value of values) {
        const entry = { [name]: value } as object
        assert.equal(
          decode(sample, encode(sample, entry)),
          { family: 0, kind: 0, ifindex: 0, flags: 0, ...entry },
          JSON.stringify(value),
        )
      }
    })
  }

  const refused: readonly [entry: unknown, type: typeof Error, message: string][] = [
    [{ bytes: '00'.repeat(65_532) }, RangeError, 'sample.bytes: takes 65536 bytes, and an attribute has at most 65535'],
    [
      { members: Array(40_000).fill(1) },
      RangeError,
      'sample.members: takes 160004 bytes, and an attribute has at most 65535',
    ],
    [{ ['x'.repeat(100_000)]: 1 }, TypeError, `sample.${'x'.repeat(197)}...: there is no such field`],
    [{ id: () => 'y'.repeat(100_000) }, TypeError, 'sample.id: a function is not a number'],
    [{ marks: 1 }, TypeError, 'sample.marks: 1 is not an array'],
    [{ marks: null }, TypeError, 'sample.marks: null is not an array'],
    [{ marks: [1, -1] }, RangeError, 'sample.marks[1]: -1 is not a whole number in 0..4294967295'],
    [{ parts: [{}, undefined] }, TypeError, 'sample.parts[1]: undefined is not an object'],
    [
      { parts: [{ ports: [1, 2, 65536] }] },
      RangeError,
      'sample.parts[0].ports[2]: 65536 is not a whole number in 0..65535',
    ],
    [{ id: -1 }, RangeError, 'sample.id: -1 is not a whole number in 0..4294967295'],
    [{ id: 2 ** 32 }, RangeError, 'sample.id: 4294967296 is not a whole number in 0..4294967295'],
    [{ id: 1.5 }, RangeError, 'sample.id: 1.5 is not a whole number in 0..4294967295'],
    [{ id: Number.NaN }, RangeError, 'sample.id: NaN is not a whole number in 0..4294967295'],
    [{ id: '1' }, TypeError, 'sample.id: "1" is not a number'],
    [{ id: null }, TypeError, 'sample.id: null is not a number'],
    [{ id: 1n }, TypeError, 'sample.id: 1 is not a number'],
    [{ offset: 2 ** 31 }, RangeError, 'sample.offset: 2147483648 is not a whole number in -2147483648..2147483647'],
    [{ wide: 2 ** 53 }, RangeError, 'sample.wide: 9007199254740992 is not a whole number in 0..9007199254740991'],
    [{ port: 65536 }, RangeError, 'sample.port: 65536 is not a whole number in 0..65535'],
    [{ small: 0 }, RangeError, 'sample.small: 0 is not a whole number in 1..32'],
    [{ small: 33 }, RangeError, 'sample.small: 33 is not a whole number in 1..32'],
    [{ family: 256 }, RangeError, 'sample.family: 256 is not a whole number in 0..255'],
    [{ family: true }, TypeError, 'sample.family: true is not a number'],
    [{ flag: false }, TypeError, 'sample.flag: false is not true; leave a flag out to clear it'],
    [{ gateway: '10.0.0' }, TypeError, 'sample.gateway: "10.0.0" is not an IPv4 or IPv6 address'],
    [{ gateway: 1 }, TypeError, 'sample.gateway: 1 is not a text'],
    [{ lladdr: '02:0' }, TypeError, 'sample.lladdr: "02:0" is not a hardware address such as 02:00:00:00:00:01'],
    [{ lladdr: Array(33).fill('00').join(':') }, RangeError, 'sample.lladdr: a hardware address has at most 32 bytes'],
    [{ name: 'sixteen-bytes-16' }, RangeError, 'sample.name: "sixteen-bytes-16" is longer than 15 bytes'],
    [{ name: 'a\0b' }, RangeError, 'sample.name: "a\\u0000b" has a NUL in it'],
    [{ bytes: 'abc' }, TypeError, 'sample.bytes: "abc" is not an even number of hex digits'],
    [{ members: 5 }, TypeError, 'sample.members: not an array of members'],
    [{ members: [1, 0] }, RangeError, 'sample.members[1]: 0 is not in 1..65535'],
    [{ inner: 5 }, TypeError, 'sample.inner: 5 is not an object'],
    [{ inner: [] }, TypeError, 'sample.inner: an array is not an object'],
    [{ inner: { buckets: 65536 } }, RangeError, 'sample.inner.buckets: 65536 is not a whole number in 0..65535'],
    [{ inner: { deeper: { port: 'x' } } }, TypeError, 'sample.inner.deeper.port: "x" is not a number'],
    [{ inner: { deeper: { colour: 1 } } }, TypeError, 'sample.inner.deeper.colour: there is no such field'],
    [{ colour: 1 }, TypeError, 'sample.colour: there is no such field'],
    [{ filler: 1 }, TypeError, 'sample.filler: there is no such field'],
    [null, TypeError, 'sample: null is not an object'],
    ['x', TypeError, 'sample: "x" is not an object'],
  ]
  for (const [entry, type, text] of refused) {
    encoding(`${engine}: ${text}`, () => {
      const writer = new Writer(16)
      writer.u32(0x01020304)
      // A good field before the bad one, so that there is something to take back.
      const whole = typeof entry === 'object' && entry !== null ? { kind: 7, gateway: '10.0.0.1', ...entry } : entry
      const error = caught(() => sample.encode(writer, whole as object))
      assert.is(error.constructor, type)
      assert.is(error.message, text)
      assert.is(writer.length, 4)
      writer.zeros(60)
      assert.equal([...writer.bytes().subarray(4)], Array(60).fill(0))
    })
  }

  encoding(`${engine}: an unknown field is refused wherever it stands, and each time`, () => {
    for (const entry of [{ colour: 1 }, { kind: 7, colour: 1 }, { colour: 1, kind: 7 }]) {
      sample.encode(new Writer(16), { kind: 7, gateway: '10.0.0.1' })
      for (let time = 0; time < 2; time++) {
        const error = caught(() => sample.encode(new Writer(16), entry))
        assert.is(error.message, 'sample.colour: there is no such field')
      }
    }
  })

  encoding(`${engine}: fields that are undefined are not written`, () => {
    assert.equal(encode(sample, { id: undefined } as object), encode(sample, {}))
    assert.is(encode(sample, {}).length, headerLength)
  })

  encoding(`${engine}: attributes stand in the order of the declaration, padded with zeros`, () => {
    const bytes = encode(sample, { name: 'ab', id: 1, flag: true, inner: { deeper: { port: 1 } } })
    const types: number[] = []
    const view = viewOf(bytes)
    for (let at = headerLength; at < bytes.length; at += (view.getUint16(at, littleEndian) + 3) & ~3) {
      types.push(view.getUint16(at + 2, littleEndian))
    }
    assert.equal(types, [Type.ID, Type.FLAG, Type.INNER | nestedFlag, Type.NAME])
    assert.is(bytes.length % 4, 0)
    assert.equal([...bytes.subarray(-4)], [0x61, 0x62, 0, 0])
    // Inside `inner`, `deeper` is declared without the flag.
    const inner = headerLength + 8 + 4 + 4
    assert.is(view.getUint16(inner + 2, littleEndian), 3)
  })

  encoding(`${engine}: an attribute that its length field cannot tell is refused`, () => {
    const writer = new Writer()
    const error = caught(() => sample.encode(writer, { bytes: '00'.repeat(0xfffc) }))
    assert.instance(error, RangeError)
    assert.match(error.message, 'an attribute has at most 65535')
    assert.is(writer.length, 0)
    assert.is(encode(sample, { bytes: '00'.repeat(0xfffb) }).length, headerLength + 0x10000)
  })
}

encoding.run()
