import {
  address,
  attribute,
  composed,
  type Engine,
  exactSpan,
  header,
  hidden,
  message,
  nested,
  readOnlySpan,
  repeated,
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
import type { RowReader } from '../../src/store/row-reader.ts'

const readers = suite('row readers')

const thing = (engine: Engine) =>
  message(
    'thing',
    {
      header: { family: header(u8), kind: header(u8), port: header(u16), flag: header(u8), filler: hidden(u8) },
      attributes: {
        id: attribute(1, u32),
        label: attribute(2, string(15)),
        gateway: attribute(3, address),
        options: attribute(4, nested('options', { limit: attribute(1, u32) })),
        small: attribute(5, u8),
        half: attribute(6, u16),
        ids: repeated(7, u32),
        counters: composed<number>({
          spans: [exactSpan(8, 0, 6, 40), readOnlySpan(9, 48)],
          read: (_view, _header, at = -1, length = 0) => (at < 0 ? undefined : length),
          write() {},
        }),
      },
    },
    engine,
  )

const layouts = [
  ['family', 'id'],
  ['port', 'gateway', 'small', 'half'],
  ['family', 'kind', 'flag', { field: 'label', bytes: 16 }, 'counters'],
  [{ field: 'label', bytes: 6 }, { field: 'counters', bytes: 8 }, 'ids'],
].map((key) => new RowLayout(thing('compiled'), key))

/** An attribute of any type and length, those that are declared more often than others. */
const attributes = fc.record({
  type: fc.oneof(fc.nat(10), fc.nat(0x3fff)),
  payload: fc
    .oneof(fc.constantFrom(0, 1, 2, 3, 4, 6, 16, 40, 48), fc.nat(50))
    .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
})

const messages = fc
  .record({
    header: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    list: fc.array(attributes, { maxLength: 6 }),
    cut: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(20) }),
  })
  .map(({ header, list, cut }) => {
    const writer = new Writer(64)
    writer.raw(header)
    writer.pad()
    for (const { type, payload } of list) {
      const at = writer.begin(type)
      writer.raw(payload)
      writer.end(at)
      // What stands in the padding does not matter.
      for (let pad = payload.length; pad % 4 !== 0; pad++) writer.setU8(at + 4 + pad, 0xee)
    }
    return { view: writer.view, end: Math.max(0, writer.length - cut) }
  })

/** What a reader makes of a message, or why it refuses it. */
function outcome(read: RowReader, layout: RowLayout<unknown>, { view, end }: { view: DataView; end: number }): unknown {
  const row = new Row(layout.keys.words, new Int32Array(layout.keys.words).fill(-1))
  try {
    read(view, new Int32Array(view.buffer), 0, end, row)
  } catch (error) {
    return String(error)
  }
  return { key: [...row.key], message: [...row.words.subarray(row.keyWords, row.keyWords + row.count)] }
}

for (const [place, layout] of layouts.entries()) {
  readers(`the compiled reader does what the loop does, with key ${place}`, () => {
    const rows = layout as RowLayout<unknown>
    const compiled = rows.compiled()
    const interpreted: RowReader = (...message) => rows.interpret(...message)
    let good = 0
    fc.assert(
      fc.property(messages, (message) => {
        const expected = outcome(interpreted, rows, message)
        if (typeof expected !== 'string') good++
        assert.equal(outcome(compiled, rows, message), expected)
      }),
      { numRuns: tries(2000, 2) },
    )
    assert.ok(good > tries(100, 2), `only ${good} messages were well-formed`)
  })
}

readers('a reader is compiled once a table has some messages, where code may be generated', () => {
  for (const engine of ['compiled', 'interpreted'] as const) {
    const layout = new RowLayout(thing(engine), ['id'])
    const { read } = layout
    const view = new DataView(new ArrayBuffer(8))
    const row = new Row(layout.keys.words)
    for (let i = 0; i < 1000; i++) layout.read(view, new Int32Array(view.buffer), 0, 8, row)
    assert.is(layout.read !== read, engine === 'compiled')
  }
})

readers.run()
