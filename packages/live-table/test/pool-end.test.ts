import { openTable } from '@rtnl/live-table'
import { ClosedError, DecodeError } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  makeKernel,
  rejection,
  type Thing,
  ThingType,
  thing,
  thingDefinition,
  turns,
} from '../../notifier/test/things.ts'
import { byKey, Fold, Follower } from './follow.ts'
import { withNotifier } from './support/shared-table.ts'

const end = suite('the end of tables that share their rows')

end('end one by one: what others do goes on', () =>
  withNotifier(async ({ kernel, table, notifier, open }) => {
    const [first, second] = [await open(), await open()]
    const followers = [new Follower(first), new Follower(second)]
    const heard: string[] = []
    // The same function: each of them is told.
    const observer = (_old: Thing | undefined, next: Thing | undefined): void => void heard.push(String(next?.id))
    first.observe(observer)
    second.observe(observer)
    table.put(thing(1))
    await second.waitForSync()
    await turns()
    assert.equal(heard, ['1', '1'])
    kernel.hold('dump')
    const waiting = [rejection(first.resync()), rejection(first.waitForSync())]
    const resynced = second.resync()
    await turns()
    assert.is(second.state, 'stale')
    first.close()
    for (const error of await Promise.all(waiting)) assert.instance(error, ClosedError)
    assert.is(await first.closed, undefined)
    assert.is(first.state, 'closed')
    await followers[0]?.ended
    assert.throws(
      () => first.changes(),
      (error: unknown) => error instanceof ClosedError,
    )
    assert.type(first.observe(observer), 'function')
    kernel.resume('dump')
    await resynced
    assert.is(second.state, 'live')
    table.put(thing(2))
    await second.waitForSync()
    await turns()
    assert.equal(heard, ['1', '1', '2'])
    assert.equal(followers[0]?.lines, ['synced (dump)', 'notification added 1'])
    const told = ['synced (dump)', 'notification added 1', 'resync requested (resync)', 'notification added 2']
    assert.equal(followers[1]?.lines, told)
    assert.is(notifier.sinks, 1)
    second.close()
    await followers[1]?.ended
    assert.equal(await notifier.fence(), undefined)
  }),
)

end('end together with the error that ends one, and are opened anew', () =>
  withNotifier(async ({ kernel, table, open }) => {
    const [first, second] = [await open(), await open()]
    const follower = new Follower(second)
    await turns()
    kernel.on(ThingType.GET, () => answer.raw(new Uint8Array(16)))
    kernel.overrun()
    const errors = await Promise.all([first.closed, second.closed])
    assert.instance(errors[0], DecodeError)
    assert.is(errors[1], errors[0])
    assert.is(await rejection(follower.ended), errors[0])
    assert.is(await rejection(first.waitForSync()), errors[0])
    kernel.on(ThingType.GET, () => answer.dump(thingDefinition.message, ThingType.NEW, [thing(1)]))
    table.putSilently(thing(1))
    const third = await open()
    first.close()
    second.close()
    assert.equal(byKey(third), byKey([thing(1)]))
    assert.is(third.state, 'live')
    third.close()
  }),
)

end('end with the notifier that one of them has of its own', async () => {
  const { kernel } = makeKernel()
  const owner = await openTable(thingDefinition, { transports: kernel })
  const guest = await openTable(thingDefinition, { notifier: owner.notifier })
  kernel.hold('dump')
  const waiting = rejection(guest.resync())
  owner.close()
  assert.is(await owner.closed, undefined)
  assert.instance(await guest.closed, ClosedError)
  assert.instance(await waiting, ClosedError)
  assert.equal(kernel.sockets(), [])
  const late = openTable(thingDefinition, { notifier: owner.notifier })
  assert.instance(await rejection(late), ClosedError)
})

end('a guest that is closed leaves the notifier to the one that has it', async () => {
  const { kernel, table } = makeKernel()
  const owner = await openTable(thingDefinition, { transports: kernel })
  const guest = await openTable(thingDefinition, { notifier: owner.notifier })
  guest.close()
  table.put(thing(1))
  await owner.waitForSync()
  assert.equal(byKey(owner), byKey([thing(1)]))
  owner.close()
  assert.equal(kernel.sockets(), [])
})

end('a stream that is half-way through the content ends with its table, and shows nothing of what comes later', () =>
  withNotifier(async ({ table, open }) => {
    for (let id = 0; id < 3000; id++) table.putSilently(thing(id))
    const [first, second] = [await open(), await open()]
    const stream = first.changes()
    const fold = new Fold()
    const { value } = await stream.next()
    for (const change of value?.changes ?? []) fold.apply(change)
    first.close()
    // The others move into the places of these.
    for (let id = 0; id < 1000; id++) table.delete(String(id))
    for (let id = 0; id < 1000; id++) table.put(thing(id, 'later'))
    await second.waitForSync()
    for await (const { changes } of stream) for (const change of changes) fold.apply(change)
    assert.is(fold.entries.size, value?.changes.length)
  }),
)

end.run()
