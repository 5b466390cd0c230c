import {
  address,
  attribute,
  composed,
  DecodeError,
  exactSpan,
  header,
  hidden,
  message,
  nested,
  string,
  u8,
  u16,
  u32,
  Writer,
} from '@rtnl/netlink-core'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../../tools/compliance/src/tries.ts'
import { Row } from '../../src/store/row.ts'
import { RowLayout } from '../../src/store/row-layout.ts'

const layout = suite('row layout')

const thing = message('thing', {
  header: { family: header(u8), filler: hidden(u8), port: header(u16) },
  attributes: {
    id: attribute(1, u32),
    label: attribute(2, string(15)),
    gateway: attribute(3, address),
    options: attribute(4, nested('options', { limit: attribute(1, u32) })),
  },
})
type Thing = ReturnType<typeof thing.decode>

interface Taken {
  readonly key: number[]
  readonly row: number[]
}

function take<Entry>(rows: RowLayout<Entry>, writer: Writer, end = writer.length): Taken {
  const row = new Row(rows.keys.words)
  rows.read(writer.view, new Int32Array(writer.view.buffer), 0, end, row)
  return { key: [...row.key], row: [...row.words.subarray(row.keyWords, row.keyWords + row.count)] }
}

function encoded(entry: Partial<Thing>): Writer {
  const writer = new Writer(64)
  thing.encode(writer, entry)
  return writer
}

function decoded({ row }: Taken): Thing {
  const words = Int32Array.from(row)
  return thing.decode(new DataView(words.buffer), 0, words.byteLength)
}

const byFamilyAndId = new RowLayout(thing, ['family', 'id'])
const byGateway = new RowLayout(thing, ['gateway'])

const entries = fc.record(
  {
    family: fc.nat(255),
    port: fc.nat(65535),
    id: fc.nat(),
    label: fc.stringMatching(/^[a-z]{1,15}$/),
    gateway: fc.constantFrom('192.0.2.1', '2001:db8::1', '::'),
    options: fc.record({ limit: fc.nat() }, { requiredKeys: [] }),
  },
  { requiredKeys: ['family', 'port'] },
)

layout('a row decodes to the entry that it was taken from, and the key depends on the key alone', () =>
  fc.assert(
    fc.property(entries, entries, (one, other) => {
      const first = take(byFamilyAndId, encoded(one))
      assert.equal(decoded(first), thing.decode(encoded(one).view, 0, encoded(one).length))
      const { family, id = 0 } = one
      const same = take(byFamilyAndId, encoded({ ...other, family, id }))
      assert.equal(same.key, take(byFamilyAndId, encoded({ ...one, id })).key)
    }),
  ),
)

layout('the place of an attribute in the message does not matter for the key', () => {
  const writer = encoded({ family: 2 })
  for (const [type, value] of [
    [2, 0x00000061],
    [1, 77],
  ] as const) {
    const at = writer.begin(type)
    writer.u32(value)
    writer.end(at)
  }
  assert.equal(take(byFamilyAndId, writer).key, take(byFamilyAndId, encoded({ family: 2, id: 77 })).key)
})

layout('an IPv4 address and the IPv6 address of the same first bytes have different rows', () => {
  const four = take(byGateway, encoded({ gateway: '32.1.13.184' }))
  const six = take(byGateway, encoded({ gateway: '2001:db8::' }))
  assert.equal(four.key, six.key, 'the length is not part of the key: families keep them apart')
  assert.not.equal(four.row, six.row)
})

layout('attributes that are not declared leave no trace', () => {
  const writer = encoded({ family: 2, id: 5 })
  const at = writer.begin(99)
  writer.raw(Uint8Array.of(1, 2, 3))
  writer.end(at)
  assert.equal(take(byFamilyAndId, writer), take(byFamilyAndId, encoded({ family: 2, id: 5 })))
})

layout('what stands in the padding leaves no trace', () => {
  const clean = encoded({ label: 'ab' })
  const dirty = encoded({ label: 'ab' })
  dirty.setU8(dirty.length - 1, 0xee)
  assert.equal(take(byFamilyAndId, dirty), take(byFamilyAndId, clean))
})

/** A message with one attribute, of type 5, of so many bytes. */
function withPayload(length: number): Writer {
  const writer = new Writer(64)
  writer.u8(2)
  writer.pad()
  const at = writer.begin(5)
  writer.raw(new Uint8Array(length))
  writer.end(at)
  return writer
}

for (const lengths of [
  [0, 36],
  [4, 32],
  [8, 40],
  [64, 65],
]) {
  layout(`of an attribute that has ${lengths.join(' or ')} bytes all other lengths are refused`, () => {
    const counted = message('counted', {
      header: { family: header(u8) },
      attributes: {
        length: composed<number>({
          spans: [exactSpan(5, ...lengths)],
          read: (_view, _header, at = -1, length = 0) => (at < 0 ? undefined : length),
          write() {},
        }),
      },
    })
    const rows = new RowLayout(counted, ['family'])
    const isAccepted = (length: number): boolean => {
      try {
        take(rows, withPayload(length))
        return true
      } catch (error) {
        assert.instance(error, DecodeError)
        return false
      }
    }
    const all = Array.from({ length: 80 }, (_, length) => length)
    assert.equal(all.filter(isAccepted), lengths)
  })
}

layout('where two fields look at an attribute it has a length that both accept', () => {
  const both = message('both', {
    header: { family: header(u8) },
    attributes: {
      gateway: attribute(5, address),
      length: composed<number>({
        spans: [exactSpan(5, 4, 8)],
        read: (_view, _header, at = -1, length = 0) => (at < 0 ? undefined : length),
        write() {},
      }),
    },
  })
  const rows = new RowLayout(both, ['family'])
  take(rows, withPayload(4))
  for (const length of [8, 16]) assert.throws(() => take(rows, withPayload(length)), /does not fit attribute 5/)
})

layout('a key of more than 64 words is refused with the field that makes it so long', () => {
  const named = message('named', {
    header: { family: header(u8) },
    attributes: { id: attribute(1, u32), name: attribute(2, string(0xffff)) },
  })
  assert.throws(
    () => new RowLayout(named, ['id', 'name']),
    (error: unknown) => error instanceof RangeError && /say how many bytes name has/.test(error.message),
  )
  const ofBytes = (bytes: number): number => new RowLayout(named, ['id', { field: 'name', bytes }]).keys.words
  assert.is(ofBytes(252), 64)
  assert.throws(() => ofBytes(253), RangeError)
})

layout('a key field that there is not is refused', () => {
  assert.throws(() => new RowLayout(thing, ['colour']), /key of thing: there is no field colour/)
})

layout('what the decoder refuses is refused, and nothing else', () =>
  fc.assert(
    fc.property(
      entries,
      fc.array(fc.record({ at: fc.nat(), value: fc.nat(255) }), { maxLength: 4 }),
      fc.nat(8),
      (entry, changes, cut) => {
        const writer = encoded(entry)
        for (const { at, value } of changes) writer.setU8(at % writer.length, value)
        const end = Math.max(writer.length - cut, 0)
        let expected: Thing | undefined
        try {
          expected = thing.decode(writer.view, 0, end)
        } catch (error) {
          assert.instance(error, DecodeError)
        }
        if (expected === undefined) {
          assert.throws(
            () => take(byFamilyAndId, writer, end),
            (error: unknown) => error instanceof DecodeError,
          )
        } else assert.equal(decoded(take(byFamilyAndId, writer, end)), expected)
      },
    ),
    { numRuns: tries(2000, 2) },
  ),
)

layout.run()
