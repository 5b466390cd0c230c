import { attribute, littleEndian, message, u8, Writer } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { body, decode, encode, engines, headerLength, outcome, sampleMessage, Type, viewOf } from './sample.ts'

const decoding = suite('decoding')

const none = { family: 0, kind: 0, ifindex: 0, flags: 0 }
const number = (value: number) => [...new Uint8Array(Uint32Array.of(value).buffer)]

for (const engine of engines) {
  const sample = sampleMessage(engine)

  decoding(`${engine}: a header that is cut short`, () => {
    for (let length = 0; length < 9; length++) {
      assert.is(
        outcome(() => decode(sample, new Uint8Array(length))),
        `sample at byte 0: header of 9 bytes with ${length} bytes left | sample |  | 0`,
      )
    }
    assert.equal(decode(sample, new Uint8Array(9)), none)
    assert.equal(decode(sample, new Uint8Array(headerLength)), none)
  })

  decoding(`${engine}: attribute lengths below a header, and beyond the end`, () => {
    for (const length of [0, 1, 2, 3, 9, 0xffff]) {
      const bytes = body([Type.ID, number(5)])
      viewOf(bytes).setUint16(headerLength, length, littleEndian)
      assert.is(
        outcome(() => decode(sample, bytes)),
        `sample at byte 12: attribute length ${length} with 8 bytes left | sample |  | 12`,
      )
    }
    for (const rest of [1, 2, 3]) {
      const bytes = new Uint8Array(headerLength + rest)
      assert.is(
        outcome(() => decode(sample, bytes)),
        `sample at byte 12: attribute length 0 with ${rest} bytes left | sample |  | 12`,
      )
    }
  })

  decoding(`${engine}: the padding behind the last attribute may be missing`, () => {
    const bytes = body([Type.NAME, [0x61, 0]])
    assert.equal(decode(sample, bytes.subarray(0, bytes.length - 2)), { ...none, name: 'a' })
  })

  decoding(`${engine}: a body that ends before its buffer`, () => {
    const bytes = body([Type.ID, number(5)], [Type.NAME, [0x61, 0]])
    assert.equal(sample.decode(viewOf(bytes), 0, headerLength + 8), { ...none, id: 5 })
  })

  decoding(`${engine}: an attribute that repeats, in the order of the message, wherever it stands`, () => {
    const bytes = body([Type.MARKS, number(7)], [Type.ID, number(5)], [Type.MARKS, number(3)], [Type.MARKS, number(7)])
    assert.equal(decode(sample, bytes), { ...none, id: 5, marks: [7, 3, 7] })
    assert.equal(sample.decodeWhole(viewOf(bytes), 0, bytes.length).unknown, [])
    assert.equal(decode(sample, encode(sample, { id: 5, marks: [] })), { ...none, id: 5 })
  })

  decoding(`${engine}: one of the values of an attribute that repeats does not fit`, () => {
    assert.is(
      outcome(() => decode(sample, body([Type.MARKS, number(7)], [Type.MARKS, [1, 2, 3]]))),
      'sample.marks[1] at byte 20: payload of 3 bytes does not fit | sample | marks[1] | 20',
    )
    assert.is(
      outcome(() => decode(sample, body([Type.PARTS, []], [Type.PARTS, [8, 0, 2, 0, 0, 80, 0, 0]]))),
      'sample.parts[1].ports[0] at byte 20: payload of 4 bytes does not fit | sample | parts[1].ports[0] | 20',
    )
  })

  decoding(`${engine}: a nested set with a header`, () => {
    const shelf = [
      ...new Uint8Array(Uint16Array.of(0x201).buffer),
      3,
      0,
      ...new Uint8Array(Uint16Array.of(8, 1).buffer),
      10,
      0,
      0,
      1,
    ]
    assert.equal(decode(sample, body([Type.SHELF, shelf])), {
      ...none,
      shelf: { size: 0x201, mode: 3, via: '10.0.0.1' },
    })
    assert.is(
      outcome(() => decode(sample, body([Type.SHELF, [1, 2]]))),
      'sample.shelf at byte 16: header of 3 bytes with 2 bytes left | sample | shelf | 16',
    )
  })

  const wrongSizes: readonly [type: number, name: string, lengths: readonly number[]][] = [
    [Type.ID, 'id', [0, 3, 5, 8]],
    [Type.WIDE, 'wide', [4, 7, 9]],
    [Type.PORT, 'port', [0, 1, 3, 4]],
    [Type.SMALL, 'small', [0, 2]],
    [Type.LLADDR, 'lladdr', [0, 33]],
    [Type.GATEWAY, 'gateway', [0, 3, 17]],
    [Type.MEMBERS, 'members', [0, 3]],
  ]
  for (const [type, name, lengths] of wrongSizes) {
    decoding(`${engine}: payloads that do not fit ${name}`, () => {
      for (const length of lengths) {
        assert.is(
          outcome(() => decode(sample, body([type, Array(length).fill(1)]))),
          `sample.${name} at byte 12: payload of ${length} bytes does not fit | sample | ${name} | 12`,
        )
      }
    })
  }

  decoding(`${engine}: sizes between the bounds that are none`, () => {
    for (const length of [5, 8, 15]) {
      assert.is(
        outcome(() => decode(sample, body([Type.GATEWAY, Array(length).fill(1)]))),
        `sample.gateway at byte 16: an address has 4 or 16 bytes, not ${length} | sample | gateway | 16`,
      )
    }
    assert.is(
      outcome(() => decode(sample, body([Type.MEMBERS, Array(6).fill(1)]))),
      'sample.members at byte 16: 6 bytes are no whole number of members | sample | members | 16',
    )
  })

  decoding(`${engine}: errors inside nested sets have the whole path`, () => {
    const writer = new Writer(64)
    writer.zeros(headerLength)
    const inner = writer.begin(Type.INNER)
    const deeper = writer.begin(3)
    const port = writer.begin(1)
    writer.u8(1)
    writer.end(port)
    writer.end(deeper)
    writer.end(inner)
    assert.is(
      outcome(() => decode(sample, writer.bytes())),
      'sample.inner.deeper.port at byte 20: payload of 1 bytes does not fit | sample | inner.deeper.port | 20',
    )
    writer.setU16(port, 9)
    assert.is(
      outcome(() => decode(sample, writer.bytes())),
      'sample.inner.deeper at byte 20: attribute length 9 with 8 bytes left | sample | inner.deeper | 20',
    )
  })

  decoding(`${engine}: of an attribute that comes twice the last counts`, () => {
    assert.equal(decode(sample, body([Type.ID, number(5)], [Type.ID, number(6)])), { ...none, id: 6 })
    const two = body([Type.MEMBERS, number(5)], [Type.MEMBERS, number(6)])
    assert.equal(decode(sample, two), { ...none, members: [6] })
  })

  decoding(`${engine}: the bits beside the type are ignored`, () => {
    for (const bits of [0x8000, 0x4000, 0xc000]) {
      assert.equal(decode(sample, body([Type.ID | bits, number(5)])), { ...none, id: 5 })
    }
    const inner = [4, 0, 2, 0]
    assert.equal(decode(sample, body([Type.INNER, []])), { ...none, inner: {} })
    assert.is(
      outcome(() => decode(sample, body([Type.INNER | 0xc000, inner]))),
      'sample.inner.age at byte 16: payload of 0 bytes does not fit | sample | inner.age | 16',
    )
  })

  decoding(`${engine}: a field of two attributes looks at both`, () => {
    assert.equal(decode(sample, body([Type.MEMBER_FLAGS, []])), none)
    const both = body([Type.MEMBER_FLAGS, []], [Type.MEMBERS, number(5)])
    assert.equal(decode(sample, both), { ...none, members: [-5] })
  })

  decoding(`${engine}: unknown attributes are skipped, kept by decodeWhole, and written back`, () => {
    const bytes = body([Type.ID, number(5)], [99, [1, 2, 3]], [0x8000 | 98, []])
    assert.equal(decode(sample, bytes), { ...none, id: 5 })
    const before = sample.unknownAttributes
    const { entry, unknown } = sample.decodeWhole(viewOf(bytes), 0, bytes.length)
    assert.equal(entry, { ...none, id: 5 })
    assert.equal(unknown, [
      { type: 99, payload: Uint8Array.of(1, 2, 3) },
      { type: 0x8000 | 98, payload: new Uint8Array() },
    ])
    assert.is(sample.unknownAttributes - before, 2)
    const writer = new Writer(16)
    sample.encode(writer, entry, unknown)
    assert.equal(writer.bytes(), bytes)
    bytes.fill(0)
    assert.equal(unknown[0]?.payload, Uint8Array.of(1, 2, 3), 'what is kept is a copy')
  })

  decoding(`${engine}: decodeStable leaves out what changes by itself, also inside nested sets`, () => {
    const bytes = encode(sample, { id: 1, count: 2, inner: { buckets: 3, age: 4 } })
    assert.equal(decode(sample, bytes), { ...none, id: 1, inner: { buckets: 3, age: 4 }, count: 2 })
    assert.equal(sample.decodeStable(viewOf(bytes), 0, bytes.length), { ...none, id: 1, inner: { buckets: 3 } })
    const { unknown } = sample.decodeWhole(viewOf(bytes), 0, bytes.length)
    assert.equal(unknown, [])
  })

  decoding(`${engine}: texts end at the first NUL or with the attribute`, () => {
    assert.equal(decode(sample, body([Type.NAME, [0x61, 0, 0x62]])), { ...none, name: 'a' })
    assert.equal(decode(sample, body([Type.NAME, [0x61, 0x62]])), { ...none, name: 'ab' })
    assert.equal(decode(sample, body([Type.NAME, []])), { ...none, name: '' })
    assert.equal(decode(sample, body([Type.NAME, [0xc3, 0xbc, 0, 0x61]])), { ...none, name: 'ü' })
  })

  decoding(`${engine}: fields come in the order of the declaration`, () => {
    const bytes = body([Type.GATEWAY, [1, 2, 3, 4]], [Type.MEMBERS, number(1)], [Type.ID, number(1)])
    assert.equal(Object.keys(decode(sample, bytes)), [...Object.keys(none), 'id', 'members', 'gateway'])
  })
}

decoding('a name that is no identifier is refused: it would become source text', () => {
  for (const name of ['', 'a-b', 'A', '1a', 'a;b', '__proto__', 'a b']) {
    assert.throws(
      () => message('bad', { header: {}, attributes: { [name]: attribute(1, u8) } }),
      (error: unknown) => error instanceof TypeError && error.message.includes('is no field name'),
      name,
    )
  }
})

decoding.run()
