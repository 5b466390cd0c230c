import type { TableDefinition } from '@rtnl/live-table'
import { EntryRows, type Row, RowCopies, RowMark, RowSelection, rowAccess } from '@rtnl/live-table/internal'
import {
  attribute,
  composed,
  header,
  littleEndian,
  message,
  readOnlySpan,
  span,
  string,
  u8,
  u32,
  Writer,
} from '@rtnl/netlink-core'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { thing as aThing, thingDefinition } from '../../../notifier/test/things.ts'
import { withTable } from '../follow.ts'

const rowsOf = suite('rows of entries')

const Type = { ID: 1, LABEL: 2, COST: 3, AGE: 4, SHARE: 5, SCALE: 6, REFERENCE: 7, DIRECT: 8 } as const

/** A number that is read in the scale that only the kernel tells. */
const share = composed<number>({
  spans: [span(Type.SHARE, 4), readOnlySpan(Type.SCALE, 4)],
  read(view, _header, at = -1, _length = 0, scale = -1) {
    if (at < 0) return undefined
    return view.getUint32(at, littleEndian) * (scale < 0 ? 1 : view.getUint32(scale, littleEndian))
  },
  write(writer, value) {
    const start = writer.begin(Type.SHARE)
    writer.u32(value / 10)
    writer.end(start)
  },
})

const thing = message('thing', {
  header: { family: header(u8) },
  attributes: {
    id: attribute(Type.ID, u32),
    label: attribute(Type.LABEL, string(15)),
    cost: attribute(Type.COST, u32),
    age: attribute(Type.AGE, u32, { volatile: true }),
    share,
  },
})
type Thing = ReturnType<typeof thing.decode>

const definition: TableDefinition<Thing> = {
  name: 'thing',
  message: thing,
  types: { new: 1, delete: 2, get: 3 },
  groups: [],
  key: ['id'],
  keyText: ({ id }) => String(id),
  partitions: [{ name: 'all', request: {} }],
  dumps: 'stable',
}

type Written = readonly [type: number, value: number | string]

/** A row of a message with these attributes in this order. */
function rowOf(attributes: readonly Written[], family = 2): Row {
  const writer = new Writer(64)
  writer.u8(family)
  writer.pad()
  for (const [type, value] of attributes) {
    const start = writer.begin(type)
    if (typeof value === 'number') writer.u32(value)
    else string(15).write(writer, value)
    writer.end(start)
  }
  const rows = new EntryRows(definition)
  const row = rows.newRow()
  const { view, length } = writer
  rows.take({ view, words: new Int32Array(view.buffer), body: 0, end: length }, row)
  return row
}

function holds(entry: Thing, attributes: readonly Written[], family?: number): boolean {
  const rows = new EntryRows(definition)
  rows.put(entry)
  return rows.holds(rowOf(attributes, family))
}

const entry: Thing = { family: 2, id: 7, label: 'a', cost: 3 }

rowsOf('hold a row with the same content in whatever order, and its age does not matter', () => {
  assert.ok(
    holds(entry, [
      [1, 7],
      [2, 'a'],
      [3, 3],
    ]),
  )
  assert.ok(
    holds(entry, [
      [3, 3],
      [1, 7],
      [2, 'a'],
    ]),
  )
  assert.ok(
    holds(entry, [
      [4, 99],
      [2, 'a'],
      [3, 3],
      [1, 7],
    ]),
  )
  assert.ok(
    holds({ ...entry, age: 5 }, [
      [1, 7],
      [4, 6],
      [2, 'a'],
      [3, 3],
    ]),
  )
})

rowsOf('do not hold one that differs in anything', () => {
  assert.not(
    holds(entry, [
      [1, 8],
      [2, 'a'],
      [3, 3],
    ]),
    'another key',
  )
  assert.not(
    holds(entry, [
      [1, 7],
      [2, 'a'],
      [3, 4],
    ]),
    'another value',
  )
  assert.not(
    holds(entry, [
      [1, 7],
      [2, 'ab'],
      [3, 3],
    ]),
    'another length',
  )
  assert.not(
    holds(entry, [
      [1, 7],
      [2, 'a'],
    ]),
    'less',
  )
  assert.not(
    holds(entry, [
      [1, 7],
      [2, 'a'],
      [3, 3],
      [5, 1],
    ]),
    'more',
  )
  assert.not(
    holds(
      entry,
      [
        [1, 7],
        [2, 'a'],
        [3, 3],
      ],
      10,
    ),
    'another header',
  )
  assert.not(
    holds({ family: 2, id: 7, cost: 3 }, [
      [1, 7],
      [3, 3],
      [3, 3],
    ]),
    'one of them twice',
  )
  assert.not(
    holds({ family: 2, id: 7, label: 'a', cost: 3 }, [
      [1, 7],
      [3, 3],
      [3, 3],
    ]),
    'one twice in place of another',
  )
})

rowsOf('what they hold as the same is the same when it is decoded', () => {
  const fields = fc.record(
    { label: fc.constantFrom('a', 'b', 'ab'), cost: fc.nat(2), age: fc.nat(2) },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fields, fields, fc.boolean(), (one, other, turned) => {
      const written: Written[] = [
        [Type.ID, 1],
        ...(other.label === undefined ? [] : ([[Type.LABEL, other.label]] as const)),
        ...(other.cost === undefined ? [] : ([[Type.COST, other.cost]] as const)),
        ...(other.age === undefined ? [] : ([[Type.AGE, other.age]] as const)),
      ]
      const { age: _one, ...left } = one
      const { age: _other, ...right } = other
      const same = left.label === right.label && left.cost === right.cost
      const given = Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined))
      assert.is(holds({ family: 2, id: 1, ...given }, turned ? written.reverse() : written), same)
    }),
  )
})

rowsOf('give back what was put, also what the kernel shows otherwise', () => {
  const rows = new EntryRows(definition)
  const scaled: Thing = { family: 2, id: 1, share: 70 }
  const id = rows.put(scaled)
  assert.equal(rows.entry(id), scaled)
  assert.is(rows.put({ family: 2, id: 1, cost: 2 }), id)
  assert.equal(rows.entry(id), { family: 2, id: 1, cost: 2 })
  rows.put(scaled)
  rows.delete(id)
  assert.equal(rows.entry(rows.put({ family: 2, id: 2 })), { family: 2, id: 2 })
})

/** A number that is not read beside a reference, which is a field of its own: the kernel then derives it. */
const direct = composed<number>({
  spans: [span(Type.DIRECT, 4), readOnlySpan(Type.REFERENCE, 4)],
  read: (view, _header, at = -1, _length = 0, reference = -1) =>
    at < 0 || reference >= 0 ? undefined : view.getUint32(at, littleEndian),
  write(writer, value) {
    const start = writer.begin(Type.DIRECT)
    writer.u32(value)
    writer.end(start)
  },
})

const leading = message('thing', {
  header: { family: header(u8) },
  attributes: { id: attribute(Type.ID, u32), reference: attribute(Type.REFERENCE, u32), direct },
})

rowsOf('hold what was put only where the row does not give it back', () => {
  const rows = new EntryRows({ ...definition, message: leading, key: ['id'], keyText: ({ id }) => String(id) })
  for (const fields of [{}, { direct: 5 }, { reference: 6 }]) {
    const entry = { family: 2, id: 1, ...fields }
    const id = rows.put(entry)
    assert.is(rows.original(id), undefined)
    assert.equal(rows.entry(id), entry)
  }
  const both = { family: 2, id: 1, direct: 5, reference: 6 }
  assert.is(rows.original(rows.put(both)), both)
})

const things = fc.record(
  {
    family: fc.nat(255),
    id: fc.nat(),
    label: fc.stringMatching(/^[a-z]{0,15}$/),
    cost: fc.nat(),
    age: fc.nat(),
    share: fc.nat(),
  },
  { requiredKeys: ['family'], noNullPrototype: true },
)

rowsOf('give copies that are the messages that rows were made of, whatever comes after', () => {
  const rows = new EntryRows(definition)
  const copies = new RowCopies<Thing>()
  const taken: { entry: Thing; copy: ReturnType<typeof copies.take> }[] = []
  fc.assert(
    fc.property(things, fc.nat(3), (entry, before) => {
      const id = rows.put(entry)
      const copy = copies.take(rows, id)
      const [written, encoded] = [new Writer(4), new Writer(4)]
      for (const writer of [written, encoded]) writer.zeros(before * 4)
      copy.writeTo(written)
      thing.encode(encoded, entry)
      assert.equal(written.bytes(), encoded.bytes())
      taken.push({ entry, copy })
      if (taken.length % 2 === 0) rows.delete(id)
    }),
  )
  for (const { entry, copy } of taken) assert.equal(copy.entry, entry)
})

rowsOf('give copies that do not share a buffer for ever', () => {
  const rows = new EntryRows(definition)
  const copies = new RowCopies<Thing>()
  const id = rows.put({ family: 2, id: 1, label: 'x'.repeat(15) })
  const buffers = new Set(Array.from({ length: 5000 }, () => copies.take(rows, id).words.buffer))
  assert.is(buffers.size, 3, '9 words each, 16,384 words a buffer')
})

rowsOf('write some of their fields', () => {
  const rows = new EntryRows(definition)
  const fields = fc.subarray(['family', 'id', 'label', 'cost', 'age'] as const)
  fc.assert(
    fc.property(things, fields, ({ share: _, ...entry }, names) => {
      const id = rows.put(entry)
      const { store } = rows
      const selection = new RowSelection(thing, names)
      const row = [store.words(id), store.start(id), store.count(id)] as const
      const [written, encoded] = [new Writer(4), new Writer(4)]
      selection.write(written, ...row)
      const attributes = names.filter((name) => name !== 'family')
      const wanted: Partial<Thing> = {}
      for (const name of names) if (entry[name] !== undefined) Object.assign(wanted, { [name]: entry[name] })
      thing.encode(encoded, wanted)
      assert.equal(written.bytes(), encoded.bytes())
      assert.is(
        selection.isMet(...row),
        attributes.some((name) => entry[name] !== undefined),
      )
    }),
  )
  assert.throws(() => new RowSelection(thing, ['nosuch' as 'id']), 'thing: there is no field nosuch')
})

rowsOf('are told apart by what their headers have', () => {
  const rows = new EntryRows(definition)
  const { store } = rows
  const id = rows.put({ family: 7, id: 1 })
  const has = (fields: Partial<Thing>): boolean => new RowMark(thing, fields).isOn(store.words(id), store.start(id))
  assert.equal([has({ family: 7 }), has({ family: 2 }), has({})], [true, false, true])
  assert.throws(() => new RowMark(thing, { id: 1 }), 'thing: the header has no field id')
})

rowsOf('find an entry by its key, whatever else is in it', () => {
  const rows = new EntryRows(definition)
  const id = rows.put(entry)
  assert.is(rows.idOf({ family: 2, id: 7, cost: -1, label: 'far too long for a label' }), id)
  assert.is(rows.idOf({ family: 2, id: 8 }), -1)
  assert.throws(() => rows.idOf({ family: 2, id: -1 }), RangeError)
  assert.throws(() => rows.put({ family: 2, id: 7, cost: -1 }), RangeError)
})

rowsOf('a live table says whether it has one, and an observer hears nothing of what it expects', () =>
  withTable(async ({ table, live }) => {
    const expected = new EntryRows(thingDefinition)
    const ids = [aThing(1, 'a'), aThing(2, 'a'), aThing(3, 'a')].map((each) => expected.put(each))
    const heard: unknown[] = []
    rowAccess(live).observe(
      (old, next) => heard.push([old?.id, old?.label, next?.label]),
      (row) => expected.holds(row),
    )
    table.put({ ...aThing(1, 'a'), age: 9 })
    table.put(aThing(2, 'b'))
    table.put(aThing(4, 'a'))
    await live.waitForSync()
    assert.equal(
      ids.map((id) => rowAccess(live).compare(expected, id)),
      ['same', 'different', 'absent'],
    )
    assert.equal(heard, [
      [undefined, undefined, 'b'],
      [undefined, undefined, 'a'],
    ])
    table.put(aThing(2, 'a'))
    table.delete('1')
    await live.waitForSync()
    assert.is(rowAccess(live).compare(expected, ids[1]!), 'same')
    assert.equal(heard.slice(2), [[1, 'a', undefined]])
  }),
)

rowsOf('an observer may look up entries, and the next one is asked about the same row as before', () =>
  withTable(async ({ table, live }) => {
    table.put(aThing(7, 'other'))
    await live.waitForSync()
    const wanted = new EntryRows(thingDefinition)
    wanted.put(aThing(1, 'a'))
    const asked: string[] = []
    live.observe(() => {
      assert.is(rowAccess(live).compare(wanted, 0), 'same')
      assert.equal(live.get({ id: 7 }), aThing(7, 'other'))
    })
    rowAccess(live).observe(
      () => {},
      (row) => {
        const { id, label } = thingDefinition.message.decode(row.view, row.start, row.end)
        asked.push(`${id} ${label}`)
        return false
      },
    )
    table.put(aThing(1, 'a'))
    await live.waitForSync()
    assert.equal(asked, ['1 a'])
  }),
)

rowsOf.run()
