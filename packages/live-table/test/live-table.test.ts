import { openTable, type TableDefinition } from '@rtnl/live-table'
import { messageHeaderLength } from '@rtnl/netlink-core'
import { answer, messageBytes } from '@rtnl/netlink-core/testing'
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
  thingMessage,
  turns,
  until,
} from '../../notifier/test/things.ts'
import { byKey, Follower, withTable } from './follow.ts'

const live = suite('live table')

live('it subscribes before it reads', async () => {
  const { kernel } = makeKernel()
  kernel.on(ThingType.GET, () => {
    assert.equal(
      kernel.sockets('notification').map(({ groups }) => [...groups]),
      [[THING_GROUP]],
    )
    return answer.dump(thingDefinition.message, ThingType.NEW, [thing(1)])
  })
  const table = await openTable(thingDefinition, { transports: kernel })
  assert.is(table.state, 'live')
  assert.is(table.size, 1)
  table.close()
})

live('what is notified during the first reading wins over an older row', async () => {
  const { kernel, table } = makeKernel()
  for (const id of [1, 2, 3]) table.putSilently(thing(id))
  kernel.hold('dump')
  const opening = openTable(thingDefinition, { transports: kernel })
  await until(() => kernel.sockets('dump').length > 0, 'reading')
  await turns()
  table.put(thing(1, 'new'))
  table.delete('2')
  table.put(thing(4))
  table.put(thing(5))
  table.delete('5')
  await turns()
  kernel.resume('dump')
  const opened = await opening
  assert.equal(byKey(opened), byKey([thing(1, 'new'), thing(3), thing(4)]))
  opened.close()
})

live(
  'a notification from before the reading that comes after its rows wins, and is followed by its successors',
  async () => {
    const { kernel, table } = makeKernel()
    kernel.hold('notification')
    const opening = openTable(thingDefinition, { transports: kernel })
    // The fence of the registration.
    await until(() => kernel.sockets('notification').length > 0, 'subscribed')
    kernel.deliver('notification')
    table.put(thing(1, 'first'))
    table.put(thing(1, 'second'))
    table.put(thing(2))
    table.delete('2')
    await turns(20)
    kernel.resume('notification')
    const opened = await opening
    assert.equal(byKey(opened), byKey([thing(1, 'second')]))
    opened.close()
  },
)

live('entries are found by key, and iterated', () =>
  withTable(async ({ table, live: opened }) => {
    for (const id of [0, 1, 2]) table.put(thing(id))
    await opened.waitForSync()
    assert.equal(opened.get({ id: 1 }), thing(1))
    assert.is(opened.get({ id: 7 }), undefined)
    assert.equal(byKey(opened), byKey([thing(0), thing(1), thing(2)]))
    assert.throws(
      () => opened.get({ id: -1 }),
      (error: unknown) => error instanceof RangeError,
    )
    assert.ok(opened.memory > 0)
  }),
)

live('changes tell exact differences, and nothing where nothing changed', () =>
  withTable(async ({ table, live: opened }) => {
    const follower = new Follower(opened)
    await turns()
    table.put(thing(1, 'a'))
    table.put(thing(1, 'a'))
    table.put({ ...thing(1, 'a'), age: 5 })
    table.put({ ...thing(1, 'a'), age: 6 })
    table.put(thing(1, 'b'))
    table.delete('1')
    table.delete('1')
    await opened.waitForSync()
    await turns()
    assert.equal(follower.lines, ['synced (dump)', 'notification added 1, changed 1, removed 1'])
    assert.equal(follower.batches[1]?.changes, [
      { kind: 'added', key: '1', entry: thing(1, 'a') },
      { kind: 'changed', key: '1', entry: thing(1, 'b'), old: { ...thing(1, 'a'), age: 6 } },
      { kind: 'removed', key: '1', entry: thing(1, 'b') },
    ])
  }),
)

live('observers hear every change, and notifications that change nothing', () =>
  withTable(async ({ table, live: opened }) => {
    const heard: unknown[] = []
    const stop = opened.observe((old, next, cause) => heard.push([old?.label, next?.label, cause]))
    table.put(thing(1, 'a'))
    table.put(thing(1, 'a'))
    table.put({ ...thing(1, 'a'), age: 1 })
    table.delete('1')
    await opened.waitForSync()
    stop()
    table.put(thing(2))
    await opened.waitForSync()
    assert.equal(heard, [
      [undefined, 'a', 'notification'],
      ['a', 'a', 'notification'],
      ['a', 'a', 'notification'],
      ['a', undefined, 'notification'],
    ])
  }),
)

live('observers hear whose request caused a notification, and of nobody for what a reading found', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    const heard: unknown[] = []
    opened.observe((_old, next, cause, origin) => heard.push([next?.id, cause, origin]))
    kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: ThingType.NEW, pid: 4242 }, thing(1)))
    table.putSilently(thing(1))
    table.putSilently(thing(2))
    await opened.resync()
    table.put(thing(3))
    await opened.waitForSync()
    assert.equal(heard, [
      [1, 'notification', 4242],
      [2, 'resync', 0],
      [3, 'notification', 0],
    ])
  }),
)

live('a dump row that cannot be decoded is counted and left out, and no other', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    for (const id of [1, 2]) table.putSilently(thing(id))
    kernel.on(ThingType.GET, (request) => {
      const broken = brokenThing()
      new DataView(broken.buffer).setUint32(8, request.seq, true)
      return answer.raw(broken, ...table.handle(request)(request))
    })
    await opened.resync()
    assert.equal(byKey(opened), byKey([thing(1), thing(2)]))
    assert.is(opened.notifier.connection.counters.malformed, 1)
  }),
)

live('messages that are no entries of the table are left alone', async () => {
  const definition: TableDefinition<Thing> = {
    ...thingDefinition,
    accept: ({ view, body }) => view.getUint8(body) === 0,
  }
  await withTable(async ({ table, live: opened }) => {
    table.put(thing(1))
    table.put({ ...thing(2), family: 7 })
    await opened.waitForSync()
    assert.equal(byKey(opened), byKey([thing(1)]))
    await opened.resync()
    assert.equal(byKey(opened), byKey([thing(1)]))
    table.put({ ...thing(1), family: 7 })
    await opened.waitForSync()
    assert.equal(byKey(opened), byKey([thing(1)]))
  }, definition)
})

live('notifications keep their order with what is asked for: 10,000 at once', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    for (let id = 0; id < 10_000; id++) kernel.notify(THING_GROUP, newThing(thing(id % 100, String(id))))
    for (let id = 0; id < 100; id++) table.putSilently(thing(id, String(9900 + id)))
    await opened.waitForSync()
    assert.equal(byKey(opened), byKey(table.entries.values()))
    assert.is(opened.relists, 1)
  }),
)

live('an entry that comes to have another text for the same key is told as removed and added', async () => {
  // To rows an absent label and an empty one are the same key.
  const definition: TableDefinition<Thing> = {
    ...thingDefinition,
    key: ['id', { field: 'label', bytes: 16 }],
    keyText: ({ id, label }) => `${id} ${label}`,
  }
  await withTable(async ({ kernel, live: opened }) => {
    const follower = new Follower(opened)
    await turns()
    const { label: _, ...bare } = thing(1)
    kernel.notify(THING_GROUP, newThing(bare))
    kernel.notify(THING_GROUP, newThing(thing(1, '')))
    await opened.waitForSync()
    await turns()
    assert.equal(follower.lines, ['synced (dump)', 'notification added 1 undefined, removed 1 undefined, added 1 '])
    assert.is(opened.size, 1)
  }, definition)
})

live('a length that the header does not have is no message of the table', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    table.put(thing(1))
    await opened.waitForSync()
    const short = newThing(thing(1)).slice(0, messageHeaderLength + 2)
    new DataView(short.buffer).setUint32(0, short.length, true)
    kernel.notify(THING_GROUP, short)
    await opened.waitForSync()
    assert.is(opened.notifier.connection.counters.malformed, 1)
    assert.is(opened.relists, 2)
    assert.equal(byKey(opened), byKey([thing(1)]))
  }),
)

/** `struct nlmsghdr` and nothing behind it, and then another message. */
function headless(seq = 0): Uint8Array {
  const header = { type: ThingType.NEW, seq }
  const short = messageBytes(thingMessage, header, thing(1)).slice(0, messageHeaderLength)
  new DataView(short.buffer).setUint32(0, short.length, true)
  return Uint8Array.from([...short, ...messageBytes(thingMessage, header, thing(2))])
}

/** A definition whose functions look at a byte of the header, which the next message does not have there. */
const looking: TableDefinition<Thing> = {
  ...thingDefinition,
  accept: ({ view, body }) => view.getUint8(body) === 0,
  partitions: [
    {
      name: 'all',
      request: {},
      skips: ({ view, body }) => view.getUint8(body) !== 0,
      until: ({ view, body }) => view.getUint8(body) !== 0,
    },
  ],
}

live('a notification without the header of the table is malformed, whatever follows it', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    table.putSilently(thing(3))
    kernel.notify(THING_GROUP, headless())
    await opened.waitForSync()
    assert.is(opened.notifier.connection.counters.malformed, 1)
    assert.equal(byKey(opened), byKey([thing(3)]))
  }, looking),
)

live('a message of a dump without the header of the table is malformed, whatever follows it', () =>
  withTable(async ({ kernel, live: opened }) => {
    kernel.on(ThingType.GET, (request) =>
      answer.raw(headless(request.seq), ...answer.dump(thingMessage, ThingType.NEW, [thing(3)])(request)),
    )
    await opened.resync()
    assert.is(opened.notifier.connection.counters.malformed, 1)
    assert.equal(byKey(opened), byKey([thing(2), thing(3)]))
  }, looking),
)

live.run()
