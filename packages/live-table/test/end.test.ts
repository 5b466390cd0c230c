import { changesOf, openTable, type TableDefinition } from '@rtnl/live-table'
import { ClosedError, Connection, NetlinkError } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  makeKernel,
  rejection,
  THING_GROUP,
  type Thing,
  ThingType,
  thing,
  thingDefinition,
  turns,
} from '../../notifier/test/things.ts'
import { byKey, Follower, withTable } from './follow.ts'

const ending = suite('live table: its end')

ending('a kernel that refuses the first reading refuses the table', async () => {
  const { kernel } = makeKernel()
  kernel.on(ThingType.GET, () => answer.error(95, { text: 'no such table' }))
  const error = await rejection(openTable(thingDefinition, { transports: kernel }))
  assert.is(String(error), 'NetlinkError: dump thing: no such table (EOPNOTSUPP)')
  assert.equal(kernel.sockets(), [])
})

ending('a kernel that refuses the group refuses the table', async () => {
  const { kernel } = makeKernel()
  kernel.joinError = new NetlinkError(1, { operation: 'join multicast group 9' })
  assert.is(await rejection(openTable(thingDefinition, { transports: kernel })), kernel.joinError)
  assert.equal(kernel.sockets(), [])
})

ending('closing the connection under a table ends it, and its streams', async () => {
  const { kernel } = makeKernel()
  await using connection = await Connection.open({ transports: kernel })
  await using notifier = await Notifier.open({ connection })
  const table = await openTable(thingDefinition, { notifier })
  const changes = table.changes({ initial: false })
  const waiting = rejection(changes.next())
  await turns()
  connection.close()
  assert.is(table.state, 'closed')
  assert.instance(await table.closed, ClosedError)
  assert.is(String(await waiting), 'ClosedError: connection is closed')
  assert.equal(kernel.sockets(), [])
})

ending('a signal ends the opening at any moment, with its own reason', async () => {
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

ending('a signal that is aborted after the opening does nothing', async () => {
  const { kernel } = makeKernel()
  const abort = new AbortController()
  const opened = await openTable(thingDefinition, { transports: kernel, signal: abort.signal })
  abort.abort()
  assert.is(opened.state, 'live')
  opened.close()
})

ending('closing ends streams, and rejects what waits', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    table.put(thing(1))
    await opened.waitForSync()
    const follower = new Follower(opened)
    await turns()
    kernel.hold('dump')
    const waiting = [rejection(opened.resync()), rejection(opened.waitForSync())]
    await turns()
    opened.close()
    opened.close()
    for (const error of waiting) assert.instance(await error, ClosedError)
    await follower.ended
    assert.is(opened.state, 'closed')
    assert.equal(kernel.sockets(), [])
    assert.instance(await rejection(opened.waitForSync()), ClosedError)
    assert.instance(await rejection(opened.resync()), ClosedError)
    // The last content stays readable.
    assert.equal(byKey(opened), byKey([thing(1)]))
  }),
)

ending('there are no changes of a closed table', () =>
  withTable(async ({ live: opened }) => {
    opened.close()
    const isClosed = (error: unknown): boolean => error instanceof ClosedError
    assert.throws(() => opened.changes(), isClosed)
    assert.throws(() => changesOf([opened]), isClosed)
  }),
)

ending('a stream that is first read when the table is closed tells the last content and ends', () =>
  withTable(async ({ table, live: opened }) => {
    table.put(thing(1))
    await opened.waitForSync()
    const stream = opened.changes()
    opened.close()
    const events: string[] = []
    for await (const { event, changes } of stream) events.push(`${event} ${changes.length}`)
    assert.equal(events, ['change 1', 'synced 0'])
  }),
)

ending('a socket that breaks ends the table with its error', () =>
  withTable(async ({ kernel, live: opened }) => {
    const broken = new NetlinkError(5, { operation: 'receive from kernel' })
    const follower = new Follower(opened)
    await turns()
    kernel.fail(broken)
    assert.is(await rejection(follower.ended), broken)
    assert.is(opened.state, 'closed')
    assert.is(await rejection(opened.waitForSync()), broken)
  }),
)

ending('a signal ends a stream of changes, and the table goes on', () =>
  withTable(async ({ table, live: opened }) => {
    const abort = new AbortController()
    const reason = new Error('enough')
    const follower = new Follower(opened, { signal: abort.signal })
    const other = new Follower(opened)
    await turns()
    abort.abort(reason)
    assert.is(await rejection(follower.ended), reason)
    table.put(thing(1))
    await opened.waitForSync()
    await turns()
    assert.equal(other.lines, ['synced (dump)', 'notification added 1'])
    assert.equal(follower.lines, ['synced (dump)'])
  }),
)

ending('two tables on one notifier share its socket; the last one closes it', async () => {
  const { kernel, table } = makeKernel()
  const notifier = await Notifier.open({ transports: kernel })
  const other: TableDefinition<Thing> = { ...thingDefinition, name: 'other', groups: [THING_GROUP, 10] }
  const [first, second] = await Promise.all([openTable(thingDefinition, { notifier }), openTable(other, { notifier })])
  assert.is(kernel.sockets('notification').length, 1)
  table.put(thing(1))
  await Promise.all([first.waitForSync(), second.waitForSync()])
  assert.equal(byKey(first), byKey(second))
  first.close()
  assert.is(kernel.sockets('notification').length, 1)
  table.put(thing(2))
  await second.waitForSync()
  assert.equal(byKey(second), byKey([thing(1), thing(2)]))
  second.close()
  assert.is(kernel.sockets('notification').length, 0)
  assert.not(notifier.closed)
  notifier.close()
})

ending.run()
