import { setTimeout as delay } from 'node:timers/promises'
import { ClosedError, messageHeaderLength, NetlinkError } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { changesOf, Notifier, openTable, type TableDefinition } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  brokenThing,
  makeKernel,
  newThing,
  rejection,
  THING_GROUP,
  type Thing,
  ThingType,
  thing,
  thingDefinition,
  turns,
  until,
} from '../things.ts'
import { byKey, Follower, withTable } from './follow.ts'

const live = suite('live table')

const quietDefinition: TableDefinition<Thing> = { ...thingDefinition, dumps: 'quiet' }

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

live('a first reading that is interrupted is read again', async () => {
  const { kernel, table } = makeKernel()
  for (const id of [1, 2]) table.putSilently(thing(id))
  let readings = 0
  kernel.on(ThingType.GET, (request) => {
    table.dumping = readings++ === 0 ? { interrupted: 1 } : {}
    const handled = table.handle(request)(request)
    if (readings === 1) table.delete('1')
    return answer.raw(...handled)
  })
  const opened = await openTable(thingDefinition, { transports: kernel })
  assert.is(readings, 2)
  assert.equal(byKey(opened), byKey([thing(2)]))
  opened.close()
})

live('entries are found by key, and iterated', () =>
  withTable(async ({ table, live: opened }) => {
    for (const id of [0, 1, 2]) table.put(thing(id))
    await opened.fresh()
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
    await opened.fresh()
    await turns()
    assert.equal(follower.lines, ['synced (dump)', 'notification added 1, changed 1, removed 1'])
    const changes = follower.batches[1]
    assert.equal(changes?.added, [thing(1, 'a')])
    assert.equal(changes?.changed, [[{ ...thing(1, 'a'), age: 6 }, thing(1, 'b')]])
    assert.equal(changes?.removed, [thing(1, 'b')])
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
    await opened.fresh()
    stop()
    table.put(thing(2))
    await opened.fresh()
    assert.equal(heard, [
      [undefined, 'a', 'notification'],
      ['a', 'a', 'notification'],
      ['a', 'a', 'notification'],
      ['a', undefined, 'notification'],
    ])
  }),
)

live('an overrun makes the table stale until it was read again, and the differences are told', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    for (const id of [1, 2, 3]) table.put(thing(id))
    await opened.fresh()
    const follower = new Follower(opened)
    await turns()
    kernel.overrun()
    table.put(thing(4))
    table.delete('2')
    table.put(thing(3, 'lost'))
    kernel.hold('dump')
    await until(() => opened.state === 'stale', 'stale')
    // What comes while the reading is under way is applied at once.
    await turns()
    table.put(thing(5))
    await turns()
    assert.equal(opened.get({ id: 5 }), thing(5))
    kernel.resume('dump')
    await opened.fresh()
    assert.is(opened.state, 'live')
    assert.equal(byKey(opened), byKey(table.entries.values()))
    await turns()
    assert.equal(follower.lines, [
      'dump added 1, added 2, added 3',
      'synced (dump)',
      'notification added 5',
      'resync changed 3, added 4, removed 2',
      'resync overrun (resync)',
    ])
    assert.is(follower.batches.at(-1)?.entries, 4)
  }),
)

for (const [name, lose] of [
  ['a truncated datagram', (kernel) => kernel.truncated()],
  ['a malformed notification', (kernel) => kernel.notify(THING_GROUP, brokenThing())],
  ['a malformed datagram', (kernel) => kernel.notify(THING_GROUP, new Uint8Array(9))],
] as const satisfies [string, (kernel: ReturnType<typeof makeKernel>['kernel']) => void][]) {
  live(`${name} makes it read again`, () =>
    withTable(async ({ kernel, table, live: opened }) => {
      table.put(thing(1))
      await opened.fresh()
      table.putSilently(thing(2))
      lose(kernel)
      await opened.fresh()
      assert.is(opened.state, 'live')
      assert.equal(byKey(opened), byKey(table.entries.values()))
    }),
  )
}

live('messages lost during a reading make it worthless: nothing of it is told', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    for (const id of [1, 2]) table.put(thing(id))
    await opened.fresh()
    const follower = new Follower(opened)
    await turns()
    const before = opened.readings
    table.putSilently(thing(3))
    kernel.hold('dump')
    const resynced = opened.resync()
    await turns(10)
    // The rows of the reading are on their way; then something is lost.
    kernel.overrun()
    table.delete('1')
    table.delete('3')
    await turns()
    kernel.resume('dump')
    await resynced
    await turns()
    assert.is(opened.readings, before + 2)
    assert.equal(byKey(opened), byKey([thing(2)]))
    assert.equal(follower.lines.slice(2), ['resync removed 1', 'resync overrun (resync)'])
  }),
)

live('resync finds what the kernel did not say, with the cause resync', () =>
  withTable(async ({ table, live: opened }) => {
    table.put(thing(1))
    await opened.fresh()
    const follower = new Follower(opened, { initial: false })
    await turns()
    table.putSilently(thing(2))
    table.deleteSilently('1')
    await opened.resync()
    await turns()
    assert.equal(follower.lines, ['resync added 2, removed 1', 'resync requested (resync)'])
  }),
)

live('fresh shows everything that happened before the call', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    for (let round = 0; round < 20; round++) {
      table.put(thing(round))
      const fresh = opened.fresh()
      table.put(thing(1000))
      await fresh
      assert.equal(opened.get({ id: round }), thing(round))
    }
    kernel.hold('notification')
    const abort = new AbortController()
    const waiting = rejection(opened.fresh({ signal: AbortSignal.abort(new Error('enough')) }))
    assert.match(String(await waiting), 'enough')
    abort.abort()
    kernel.resume('notification')
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
    await opened.fresh()
    assert.equal(byKey(opened), byKey([thing(1)]))
    await opened.resync()
    assert.equal(byKey(opened), byKey([thing(1)]))
    table.put({ ...thing(1), family: 7 })
    await opened.fresh()
    assert.equal(byKey(opened), byKey([thing(1)]))
  }, definition)
})

live('a quiet table is read again when something changed meanwhile', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    for (const id of [1, 2, 3]) table.putSilently(thing(id))
    let readings = 0
    kernel.on(ThingType.GET, (request) => {
      const handled = table.handle(request)(request)
      if (readings++ > 1) return answer.raw(...handled)
      // The kernel misses an entry since another one was removed before it.
      table.put(thing(10 + readings))
      const [, ...others] = [...table.entries.values()]
      return answer.dump(thingDefinition.message, ThingType.NEW, others)
    })
    await opened.resync()
    assert.is(readings, 3)
    assert.equal(byKey(opened), byKey(table.entries.values()))
  }, quietDefinition),
)

for (const [definition, interrupted] of [
  [thingDefinition, false],
  [thingDefinition, true],
  [quietDefinition, false],
  [quietDefinition, true],
] as const) {
  const name = `${definition.dumps}${interrupted ? ', and the kernel says so' : ''}`
  live(`a table that never rests converges as soon as it does: ${name}`, async () => {
    const { kernel, table } = makeKernel()
    for (let id = 0; id < 50; id++) table.putSilently(thing(id))
    let changes = 0
    let storm = true
    kernel.on(ThingType.GET, (request) => {
      const handled = table.handle(request)(request)
      if (storm) table.put(thing(changes % 50, `change ${changes++}`))
      return answer.raw(...handled)
    })
    if (interrupted) table.dumping = { interrupted: 'done' }
    const opening = openTable(definition, { transports: kernel })
    await delay(400)
    storm = false
    table.dumping = {}
    const opened = await opening
    // The same again, for a table that is open.
    storm = true
    if (interrupted) table.dumping = { interrupted: 'done' }
    const resynced = opened.resync()
    await delay(400)
    storm = false
    table.dumping = {}
    await resynced
    assert.is(opened.state, 'live')
    assert.equal(byKey(opened), byKey(table.entries.values()))
    // Some readings with pauses in between, no busy loop.
    assert.ok(changes < 200, `${changes} readings`)
    opened.close()
  })
}

live('a kernel that refuses the first reading refuses the table', async () => {
  const { kernel } = makeKernel()
  kernel.on(ThingType.GET, () => answer.error(95, { text: 'no such table' }))
  const error = await rejection(openTable(thingDefinition, { transports: kernel }))
  assert.is(String(error), 'NetlinkError: dump thing: no such table (EOPNOTSUPP)')
  assert.equal(kernel.sockets(), [])
})

live('a kernel that refuses the group refuses the table', async () => {
  const { kernel } = makeKernel()
  kernel.joinError = new NetlinkError(1, { operation: 'join multicast group 9' })
  assert.is(await rejection(openTable(thingDefinition, { transports: kernel })), kernel.joinError)
  assert.equal(kernel.sockets(), [])
})

live('a signal ends the opening at any moment, with its own reason', async () => {
  for (const patience of [-1, 0, 1, 3, 8]) {
    const { kernel } = makeKernel()
    kernel.hold('dump')
    const abort = new AbortController()
    const reason = new Error('enough')
    if (patience < 0) abort.abort(reason)
    const opening = rejection(openTable(thingDefinition, { transports: kernel, signal: abort.signal }))
    if (patience > 0) await turns(patience)
    abort.abort(reason)
    assert.is(await opening, reason, `after ${patience} turns`)
    assert.equal(kernel.sockets(), [])
  }
})

live('a signal that is aborted after the opening does nothing', async () => {
  const { kernel } = makeKernel()
  const abort = new AbortController()
  const opened = await openTable(thingDefinition, { transports: kernel, signal: abort.signal })
  abort.abort()
  assert.is(opened.state, 'live')
  opened.close()
})

live('closing ends streams, and rejects what waits', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    table.put(thing(1))
    await opened.fresh()
    const follower = new Follower(opened)
    await turns()
    kernel.hold('dump')
    const waiting = [rejection(opened.resync()), rejection(opened.fresh())]
    await turns()
    opened.close()
    opened.close()
    for (const error of waiting) assert.instance(await error, ClosedError)
    await follower.ended
    assert.is(opened.state, 'closed')
    assert.equal(kernel.sockets(), [])
    assert.instance(await rejection(opened.fresh()), ClosedError)
    assert.instance(await rejection(opened.resync()), ClosedError)
    // The last content stays readable.
    assert.equal(byKey(opened), byKey([thing(1)]))
  }),
)

live('there are no changes of a closed table', () =>
  withTable(async ({ live: opened }) => {
    opened.close()
    const isClosed = (error: unknown): boolean => error instanceof ClosedError
    assert.throws(() => opened.changes(), isClosed)
    assert.throws(() => changesOf([opened]), isClosed)
  }),
)

live('a stream that is first read when the table is closed tells the last content and ends', () =>
  withTable(async ({ table, live: opened }) => {
    table.put(thing(1))
    await opened.fresh()
    const stream = opened.changes()
    opened.close()
    const events: string[] = []
    for await (const { event, added } of stream) events.push(`${event} ${added.length}`)
    assert.equal(events, ['change 1', 'synced 0'])
  }),
)

live('a socket that breaks ends the table with its error', () =>
  withTable(async ({ kernel, live: opened }) => {
    const broken = new NetlinkError(5, { operation: 'receive from kernel' })
    const follower = new Follower(opened)
    await turns()
    kernel.fail(broken)
    assert.is(await rejection(follower.ended), broken)
    assert.is(opened.state, 'closed')
    assert.is(await rejection(opened.fresh()), broken)
  }),
)

live('a signal ends a stream of changes, and the table goes on', () =>
  withTable(async ({ table, live: opened }) => {
    const abort = new AbortController()
    const reason = new Error('enough')
    const follower = new Follower(opened, { signal: abort.signal })
    const other = new Follower(opened)
    await turns()
    abort.abort(reason)
    assert.is(await rejection(follower.ended), reason)
    table.put(thing(1))
    await opened.fresh()
    await turns()
    assert.equal(other.lines, ['synced (dump)', 'notification added 1'])
    assert.equal(follower.lines, ['synced (dump)'])
  }),
)

live('two tables on one notifier share its socket; the last one closes it', async () => {
  const { kernel, table } = makeKernel()
  const notifier = await Notifier.open({ transports: kernel })
  const other: TableDefinition<Thing> = { ...thingDefinition, name: 'other', groups: [THING_GROUP, 10] }
  const [first, second] = await Promise.all([openTable(thingDefinition, { notifier }), openTable(other, { notifier })])
  assert.is(kernel.sockets('notification').length, 1)
  table.put(thing(1))
  await Promise.all([first.fresh(), second.fresh()])
  assert.equal(byKey(first), byKey(second))
  first.close()
  assert.is(kernel.sockets('notification').length, 1)
  table.put(thing(2))
  await second.fresh()
  assert.equal(byKey(second), byKey([thing(1), thing(2)]))
  second.close()
  assert.is(kernel.sockets('notification').length, 0)
  assert.not(notifier.closed)
  notifier.close()
})

live('notifications keep their order with what is asked for: 10,000 at once', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    for (let id = 0; id < 10_000; id++) kernel.notify(THING_GROUP, newThing(thing(id % 100, String(id))))
    for (let id = 0; id < 100; id++) table.putSilently(thing(id, String(9900 + id)))
    await opened.fresh()
    assert.equal(byKey(opened), byKey(table.entries.values()))
    assert.is(opened.readings, 1)
  }),
)

live('a length that the header does not have is no message of the table', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    table.put(thing(1))
    await opened.fresh()
    const short = newThing(thing(1)).slice(0, messageHeaderLength + 2)
    new DataView(short.buffer).setUint32(0, short.length, true)
    kernel.notify(THING_GROUP, short)
    await opened.fresh()
    assert.is(opened.notifier.connection.counters.malformed, 1)
    assert.is(opened.readings, 2)
    assert.equal(byKey(opened), byKey([thing(1)]))
  }),
)

live.run()
