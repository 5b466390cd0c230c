import { changesOf, openTable } from '@rtnl/live-table'
import { DecodeError, type NetlinkError } from '@rtnl/netlink-core'
import { answer, FakeTable } from '@rtnl/netlink-core/testing'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  brokenThing,
  makeKernel,
  rejection,
  ThingType,
  thing,
  thingDefinition,
  thingMessage,
  turns,
} from '../../notifier/test/things.ts'
import { byKey } from './follow.ts'
import { OWNER_GROUP, ownedDefinition, ownerDefinition, withOwnedThings } from './support/owned-things.ts'

const dependencies = suite('tables that depend on others')

dependencies('tables that depend on the same other one share it', async () => {
  const { kernel } = makeKernel()
  new FakeTable(kernel, ownerDefinition)
  let readings = 0
  kernel.on(ownerDefinition.types.get, () => {
    readings++
    return answer.dump(thingMessage, ownerDefinition.types.new, [])
  })
  const notifier = await Notifier.open({ transports: kernel })
  const open = () => openTable({ ...ownedDefinition }, { notifier })
  const [first, second] = await Promise.all([open(), open()])
  assert.is(readings, 1)
  assert.is(notifier.sinks, 3)
  first.close()
  await turns()
  assert.is(notifier.sinks, 2)
  second.close()
  await turns()
  assert.is(notifier.sinks, 0)
  const third = await open()
  assert.is(readings, 2)
  third.close()
  notifier.close()
})

dependencies('a table and those that depend on it share its rows', async () => {
  const { kernel } = makeKernel()
  const owners = new FakeTable(kernel, ownerDefinition)
  const notifier = await Notifier.open({ transports: kernel })
  const dependent = await openTable(ownedDefinition, { notifier })
  const direct = await openTable(ownerDefinition, { notifier })
  assert.is(notifier.sinks, 2)
  dependent.close()
  assert.is(notifier.sinks, 1)
  owners.put(thing(1))
  await direct.waitForSync()
  assert.equal(byKey(direct), byKey([thing(1)]))
  direct.close()
  assert.is(notifier.sinks, 0)
  notifier.close()
})

dependencies('who gives up while the other table is being read leaves it to others, or ends it', async () => {
  const { kernel } = makeKernel()
  new FakeTable(kernel, ownerDefinition)
  const notifier = await Notifier.open({ transports: kernel })
  for (const others of [0, 1]) {
    kernel.hold('dump')
    const abort = new AbortController()
    const opening = rejection(openTable(ownedDefinition, { notifier, signal: abort.signal }))
    const other = others === 1 ? openTable(ownerDefinition, { notifier }) : undefined
    await turns()
    abort.abort('enough')
    assert.is(await opening, 'enough')
    await turns()
    assert.is(notifier.sinks, others)
    kernel.resume('dump')
    assert.is((await other)?.state, other && 'live')
    ;(await other)?.close()
    await turns()
    assert.is(notifier.sinks, 0)
  }
  notifier.close()
})

dependencies('a table that cannot be read refuses those that depend on it', async () => {
  const { kernel } = makeKernel()
  kernel.on(ownerDefinition.types.get, () => answer.error(95))
  const error = await rejection(openTable(ownedDefinition, { transports: kernel }))
  assert.is((error as NetlinkError).operation, 'dump owner')
  assert.equal(kernel.sockets(), [])
})

dependencies('a table that ends with an error ends those that depend on it', () =>
  withOwnedThings(async ({ kernel, live, follower }) => {
    kernel.on(ownerDefinition.types.get, () => answer.raw(new Uint8Array(16)))
    const { closed } = live
    kernel.overrun()
    const error = await closed
    assert.instance(error, DecodeError)
    assert.is(await rejection(follower.ended), error)
    assert.is(live.state, 'closed')
  }),
)

dependencies('a reading counts for nothing if a message about the other table is lost meanwhile', () =>
  withOwnedThings(async ({ kernel, things, live }) => {
    // The dump lacks the first entry, since the kernel moves others in silence while it dumps them: the owner changes.
    kernel.on(ThingType.GET, () => {
      kernel.on(ThingType.GET, (next) => things.handle(next))
      kernel.notify(OWNER_GROUP, brokenThing(ownerDefinition.types.new))
      return answer.dump(thingMessage, ThingType.NEW, [...things.entries.values()].slice(1))
    })
    await live.resync()
    await live.waitForSync()
    assert.equal(byKey(live), byKey(things.entries.values()))
  }),
)

dependencies('changesOf tells several tables in the order of the kernel', async () => {
  const { kernel, table: things } = makeKernel()
  const owners = new FakeTable(kernel, ownerDefinition)
  owners.putSilently(thing(1))
  const notifier = await Notifier.open({ transports: kernel })
  const tables = [await openTable(thingDefinition, { notifier }), await openTable(ownerDefinition, { notifier })]
  const lines: string[] = []
  const reading = (async () => {
    for await (const { table, event, changes } of changesOf(tables)) {
      lines.push(`${table} ${event === 'change' ? changes.map(({ kind, key }) => `${kind} ${key}`).join(' ') : event}`)
    }
  })()
  await turns()
  owners.put(thing(2))
  things.put({ ...thing(5), owner: 2 })
  things.put({ ...thing(6), owner: 2 })
  owners.delete('1')
  things.delete('5')
  await notifier.fence()
  await turns()
  for (const table of tables) table.close()
  await reading
  assert.equal(lines, [
    'thing synced',
    'owner added 1',
    'owner synced',
    'owner added 2',
    'thing added 5 added 6',
    'owner removed 1',
    'thing removed 5',
  ])
  notifier.close()
})

dependencies.run()
