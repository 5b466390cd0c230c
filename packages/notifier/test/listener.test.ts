import { setTimeout as delay } from 'node:timers/promises'
import { Connection, NetlinkError } from '@rtnl/netlink-core'
import { messageBytes } from '@rtnl/netlink-core/testing'
import { Notifier } from '@rtnl/notifier'
import { numberVector } from '@rtnl/vec-utils'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { groupsOf, ids, OTHER_GROUP, placed, takeAll } from './listening.ts'
import { rejection, THING_GROUP, ThingType, thing, thingMessage, turns, until } from './things.ts'

// N1 to N16 are the items of the checklist for notifiers: what OVN's does, and where this one does better.
const listening = suite('listener')
const test = placed(listening)

test('N13: a registration that fails is tried again, and the status tells', async ({ kernel, notifier, tell }) => {
  const refused = new NetlinkError(1, { operation: 'join multicast group 9' })
  kernel.joinError = refused
  const listener = notifier.listen(ids)
  const start = performance.now()
  await listener.update(true)
  assert.equal(listener.status, { state: 'retrying', error: refused })
  assert.equal(groupsOf(kernel), [])
  assert.is(notifier.sinks, 0)
  await delay(150)
  assert.is(listener.status.state, 'retrying')
  kernel.joinError = undefined
  await until(() => listener.status.state === 'on', 'registered')
  // The second pause is twice as long as the first of 100 ms.
  assert.ok(performance.now() - start > 280)
  tell(1)
  await notifier.fence()
  assert.equal(takeAll(listener), [1])
})

test('N13: switching off ends the attempts', async ({ kernel, notifier }) => {
  kernel.openError = new NetlinkError(24, { operation: 'open netlink socket' })
  const listener = notifier.listen(ids)
  await listener.update(true)
  assert.is(listener.status.state, 'retrying')
  await listener.update(false)
  kernel.openError = undefined
  await delay(150)
  assert.is(listener.status.state, 'off')
  assert.equal(groupsOf(kernel), [])
})

test('N13: a group that is refused does not touch the others', async ({ kernel, notifier, tell }) => {
  const listener = notifier.listen(ids)
  await listener.update(true)
  kernel.joinError = new NetlinkError(1, { operation: 'join multicast group 10' })
  const refused = notifier.listen({ ...ids, groups: [THING_GROUP, OTHER_GROUP] })
  await refused.update(true)
  assert.is(refused.status.state, 'retrying')
  tell(1)
  await notifier.fence()
  assert.equal(takeAll(listener), [1])
  assert.equal(groupsOf(kernel), [[THING_GROUP]])
})

test('N14: a queue that nobody reads is bounded, and the overflow is told', async ({ notifier, tell }) => {
  const listener = notifier.listen({ ...ids, capacity: 10 })
  const other = notifier.listen(ids)
  await Promise.all([listener.update(true), other.update(true)])
  tell(...Array.from({ length: 14 }, (_, id) => id))
  await notifier.fence()
  assert.equal(takeAll(listener), ['overflow', 11, 12, 13])
  assert.is(takeAll(other).length, 14)
})

test('N14: 65,536 are held unless told', async ({ notifier, tell }) => {
  const listener = notifier.listen<number>({ ...ids, queue: () => numberVector('u32') })
  await listener.update(true)
  tell(...Array.from({ length: 65_536 }, (_, id) => id))
  await notifier.fence()
  assert.is(takeAll(listener).length, 65_536)
  tell(...Array.from({ length: 65_537 }, (_, id) => id))
  await notifier.fence()
  assert.equal(takeAll(listener), ['overflow'])
})

test('N15: nothing is filtered by who made it', async ({ kernel, notifier }) => {
  const [socket] = kernel.sockets('request')
  const listener = notifier.listen(ids)
  await listener.update(true)
  const pid = socket?.portId ?? 0
  kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: ThingType.DEL, seq: 1, pid }, thing(1)))
  await notifier.fence()
  assert.equal(takeAll(listener), [1])
})

test('N16: decoding asks the kernel nothing', async ({ kernel, notifier, tell }) => {
  const listener = notifier.listen(ids)
  await listener.update(true)
  tell(1, 2, 3)
  await notifier.fence()
  assert.equal(
    kernel.sockets().flatMap(({ sent }) => sent),
    [],
  )
  assert.equal(takeAll(listener), [1, 2, 3])
})

test('streamed: registers, yields messages and losses, and unregisters at the end', async (place) => {
  const { kernel, notifier, tell } = place
  const listener = notifier.listen(ids)
  const heard: unknown[] = []
  const reading = (async () => {
    for await (const event of listener) {
      heard.push(event.kind === 'lost' ? event.reason : event.messages)
      if (heard.length === 3) break
    }
  })()
  await until(() => listener.status.state === 'on', 'registered')
  tell(1, 2)
  await turns()
  kernel.overrun()
  await turns()
  tell(3)
  await reading
  assert.equal(heard, [[1, 2], 'overrun', [3]])
  assert.is(listener.status.state, 'off')
  assert.equal(groupsOf(kernel), [])
})

test('streamed: close ends the loop', async ({ notifier, tell }) => {
  const listener = notifier.listen(ids)
  const heard: unknown[] = []
  const reading = (async () => {
    for await (const event of listener) heard.push(event)
  })()
  await until(() => listener.status.state === 'on', 'registered')
  tell(1)
  await turns()
  listener.close()
  await reading
  assert.equal(heard, [{ kind: 'messages', messages: [1] }])
  assert.is(notifier.sinks, 0)
})

test('a socket that breaks closes everything, and says why', async ({ kernel, notifier }) => {
  const broken = new NetlinkError(5, { operation: 'receive from kernel' })
  const polled = notifier.listen(ids)
  await polled.update(true)
  const streamed = notifier.listen(ids)
  const reading = rejection(
    (async () => {
      for await (const _ of streamed) assert.unreachable()
    })(),
  )
  await until(() => streamed.status.state === 'on', 'registered')
  const waiting = notifier.wait()
  kernel.fail(broken)
  assert.is(await reading, broken)
  await waiting
  assert.equal(polled.status, { state: 'closed', error: broken })
  assert.is(await rejection(notifier.fence()), broken)
})

test('a connection can be shared, and is not closed then', async ({ kernel }) => {
  const connection = await Connection.open({ transports: kernel })
  const notifier = await Notifier.open({ connection })
  await notifier.listen(ids).update(true)
  notifier.close()
  assert.is(kernel.sockets('notification').length, 0)
  const request = { message: thingMessage, type: 99, entry: {}, operation: 'add thing' }
  assert.equal(await connection.request(request), [])
  connection.close()
})

test('close while a listener is being registered', async ({ notifier }) => {
  const listener = notifier.listen(ids)
  const registered = listener.update(true)
  notifier.close()
  await registered
  assert.is(listener.status.state, 'closed')
})

test('a listener that is closed twice and switched on afterwards stays closed', async ({ notifier }) => {
  const listener = notifier.listen(ids)
  await listener.update(true)
  listener.close()
  listener.close()
  await listener.update(true)
  assert.equal(listener.status, { state: 'closed' })
  assert.is(notifier.sinks, 0)
})

listening.run()
