import { defineTable, openTable, type Partition, type TableDefinition } from '@rtnl/live-table'
import { attribute, header, hidden, message, string, u8, u16, u32 } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  brokenThing,
  makeKernel,
  newThing,
  THING_GROUP,
  type Thing,
  ThingType,
  thing,
  thingDefinition,
} from '../../notifier/test/things.ts'
import { byKey, withTable } from './follow.ts'

const defining = suite('defining a table')

const named = message('named', {
  header: { family: header(u8), length: hidden(u8), port: hidden(u16) },
  attributes: { id: attribute(1, u32), name: attribute(2, string(0xffff)) },
})

type Named = ReturnType<typeof named.decode>

const common = {
  name: 'named',
  message: named,
  types: { new: 1, delete: 2, get: 3 },
  groups: [],
  keyText: () => '',
  partitions: [{ name: 'all', request: {} }],
  dumps: 'stable',
} as const

defining('a key has names of header fields, hidden ones too, and of attributes, and no others', () => {
  defineTable({ ...common, key: ['family', 'length', 'id', { field: 'name', bytes: 16 }] })
  // @ts-expect-error the message has no such field
  assert.throws(() => defineTable({ ...common, key: ['size'] }), /key of named: there is no field size/)
  // @ts-expect-error the message has no such field
  assert.throws(() => defineTable({ ...common, key: [{ field: 'size', bytes: 4 }] }), TypeError)
  // @ts-expect-error a definition that is written out has the names of an entry
  const written: TableDefinition<Named> = { ...common, key: ['size'] }
  assert.equal(written.key, ['size'])
})

/** A partition of any table whose messages begin with a family. */
function everything<Entry extends { readonly family: number }>(): Partition<Entry> {
  return { name: 'all', request: {} }
}

defining('the message alone says what an entry is', () => {
  const definition: TableDefinition<Named> = defineTable({
    ...common,
    key: ['family', 'id'],
    keyText: ({ id, name }) => `${id} ${name}`,
    partitions: [everything()],
  })
  assert.is(definition.keyText({ family: 2, id: 1, name: 'a' }), '1 a')
})

defining('a key that takes more than 256 bytes is refused', () => {
  assert.throws(
    () => defineTable({ ...common, key: ['id', 'name'] }),
    (error: unknown) => error instanceof RangeError && /say how many bytes name has/.test(error.message),
  )
})

defining('of several partitions each says what belongs to it', async () => {
  const one: Partition<Named> = { name: 'one', request: { family: 1 }, contains: () => true }
  const two: Partition<Named> = { name: 'two', request: { family: 2 } }
  const both: Partition<Named> = { ...two, containsRow: () => true }
  const define = (...partitions: Partition<Named>[]): unknown => defineTable({ ...common, key: ['id'], partitions })
  define(two)
  define(one, both)
  assert.throws(() => define(one, two), /partition two needs contains or containsRow/)
  assert.throws(() => define(one, { ...both, fallback: two }), /partition two needs contains or containsRow/)
  // A definition that was not made by `defineTable` is refused when it is opened.
  const { kernel } = makeKernel()
  const parts: Partition<Thing>[] = [1, 2].map((family) => ({ name: `part ${family}`, request: { family } }))
  const definition: TableDefinition<Thing> = { ...thingDefinition, partitions: parts }
  const refused = await openTable(definition, { transports: kernel }).catch(String)
  assert.is(
    refused,
    'TypeError: definition of thing: partition part 1 needs contains or containsRow, since the table has others',
  )
})

const onPort1: TableDefinition<Thing> = defineTable({
  ...thingDefinition,
  dumps: 'racy',
  filter: ({ view, body }) => view.getUint16(body + 2, true) === 1,
})
const at = (id: number, port: number): Thing => ({ ...thing(id), port })

defining('messages that a filter passes over are not looked into, neither of a dump nor notified', () =>
  withTable(async ({ kernel, table, live }) => {
    for (const [id, port] of [
      [1, 1],
      [2, 2],
    ] as const)
      table.putSilently(at(id, port))
    await live.resync()
    assert.equal(byKey(live), byKey([at(1, 1)]))
    table.put(at(3, 2))
    table.put(at(4, 1))
    kernel.notify(THING_GROUP, brokenThing())
    await live.waitForSync()
    assert.equal(byKey(live), byKey([at(1, 1), at(4, 1)]))
    assert.is(live.notifier.connection.counters.malformed, 0)
  }, onPort1),
)

defining('a message that a filter passes over disturbs a dump, and one that is of no table does not', async () => {
  const { filter } = onPort1
  for (const [definition, expected] of [
    [onPort1, 2],
    [{ ...onPort1, accept: filter!, filter: undefined }, 1],
  ] as const) {
    const { kernel, table } = makeKernel()
    table.putSilently(at(1, 1))
    let dumps = 0
    kernel.on(ThingType.GET, (request) => {
      if (dumps++ === 0) kernel.notify(THING_GROUP, newThing(at(2, 2)))
      return answer.raw(...table.handle(request)(request))
    })
    const { filter: kept, ...rest } = definition
    const live = await openTable(kept === undefined ? rest : { ...rest, filter: kept }, { transports: kernel })
    assert.is(dumps, expected)
    assert.equal(byKey(live), byKey([at(1, 1)]))
    live.close()
  }
})

defining.run()
