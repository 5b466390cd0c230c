import { channel } from 'node:diagnostics_channel'
import { setTimeout as delay } from 'node:timers/promises'
import { ClosedError, type MessageCursor } from '@rtnl/netlink-core'
import { type FakeKernel, messageBytes } from '@rtnl/netlink-core/testing'
import { numberVector } from '@rtnl/vec-utils'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { groupsOf, ids, OTHER_GROUP, OTHER_TYPE, others, placed, takeAll } from './listening.ts'
import { brokenThing, newThing, rejection, THING_GROUP, ThingType, thing, thingMessage, turns } from './things.ts'

// N1 to N16 are the items of the checklist for notifiers: what OVN's does, and where this one does better.
const notifications = suite('notifier')
const test = placed(notifications)

test('N1: one socket for all, opened with the first and closed with the last', async ({ kernel, notifier }) => {
  assert.equal(groupsOf(kernel), [])
  const first = notifier.listen(ids)
  const second = notifier.listen(others)
  assert.equal(groupsOf(kernel), [])
  await first.update(true)
  assert.equal(groupsOf(kernel), [[THING_GROUP]])
  await second.update(true)
  assert.equal(groupsOf(kernel), [[THING_GROUP, OTHER_GROUP]])
  assert.is(notifier.sinks, 2)
  await first.update(false)
  assert.equal(groupsOf(kernel), [[OTHER_GROUP]])
  await second.update(false)
  assert.equal(groupsOf(kernel), [])
  await second.update(true)
  assert.equal(groupsOf(kernel), [[OTHER_GROUP]])
})

test('N2: the type of a message selects the listeners; others hear nothing', async ({ kernel, notifier }) => {
  const first = notifier.listen(ids)
  const second = notifier.listen({ ...others, groups: [THING_GROUP] })
  await Promise.all([first.update(true), second.update(true)])
  const send = (type: number, id: number): void =>
    kernel.notify(THING_GROUP, messageBytes(thingMessage, { type }, thing(id)))
  send(ThingType.NEW, 1)
  send(OTHER_TYPE, 2)
  send(ThingType.DEL, 3)
  send(99, 4)
  await notifier.fence()
  assert.equal(takeAll(first), [1, 3])
  assert.equal(takeAll(second), [2])
})

test('N3: a listener keeps what it wants of a message, four bytes an id', async ({ notifier, tell }) => {
  const odd = notifier.listen<number>({
    ...ids,
    queue: () => numberVector('u32'),
    decode(cursor: MessageCursor) {
      const id = ids.decode(cursor)
      return id !== undefined && id % 2 === 1 ? id : undefined
    },
  })
  await odd.update(true)
  tell(1, 2, 3, 4)
  await notifier.fence()
  const event = odd.take()
  assert.is(event?.kind, 'messages')
  if (event?.kind === 'messages') assert.is(event.messages.elementSize, 4)
  assert.equal(takeAll(odd), [1, 3])
})

test('N4: another keeps the whole record', async ({ notifier, tell }) => {
  const { name, groups, types } = ids
  const whole = notifier.listen({
    name,
    groups,
    types,
    decode: ({ view, body, end }) => thingMessage.decode(view, body, end),
  })
  await whole.update(true)
  tell(1)
  await notifier.fence()
  const event = whole.take()
  assert.equal(event?.kind === 'messages' ? [...event.messages] : event, [thing(1)])
})

test('N5: update is idempotent both ways, and adding and removing is told', async ({ kernel, notifier, tell }) => {
  const said: string[] = []
  const hear = (message: unknown): void => void said.push((message as { text: string }).text)
  channel('rtnl:notifier').subscribe(hear)
  try {
    const listener = notifier.listen({ ...ids, name: 'nexthop' })
    await listener.update(false)
    assert.is(listener.status.state, 'off')
    await Promise.all([listener.update(true), listener.update(true)])
    await listener.update(true)
    assert.is(listener.status.state, 'on')
    assert.is(notifier.sinks, 1)
    tell(1)
    await notifier.fence()
    assert.equal(takeAll(listener), [1])
    await listener.update(false)
    await listener.update(false)
    assert.equal(groupsOf(kernel), [])
    assert.equal(said, ['Adding nexthop table watchers.', 'Removing nexthop table watchers.'])
  } finally {
    channel('rtnl:notifier').unsubscribe(hear)
  }
})

test('N6: what was not taken is dropped when a listener is removed', async ({ notifier, tell }) => {
  const listener = notifier.listen(ids)
  const other = notifier.listen(ids)
  await Promise.all([listener.update(true), other.update(true)])
  tell(1, 2)
  await notifier.fence()
  await listener.update(false)
  assert.not(listener.ready)
  assert.is(listener.take(), undefined)
  assert.equal(takeAll(other), [1, 2])
})

test('N6: closing the notifier removes and closes every listener', async ({ kernel, notifier, tell }) => {
  const listener = notifier.listen(ids)
  await listener.update(true)
  tell(1)
  notifier.close()
  assert.ok(notifier.closed)
  assert.is(listener.status.state, 'closed')
  assert.is(listener.take(), undefined)
  await listener.update(true)
  assert.is(listener.status.state, 'closed')
  assert.equal(kernel.sockets(), [])
  assert.throws(
    () => notifier.listen(ids),
    (error: unknown) => error instanceof ClosedError,
  )
  await notifier.wait()
})

test('closing the connection ends what listens, and closing the notifier then does nothing more', async ({
  kernel,
  notifier,
  tell,
}) => {
  const listener = notifier.listen(ids)
  await listener.update(true)
  const fence = rejection(notifier.fence())
  notifier.connection.close()
  tell(1)
  assert.instance(await fence, ClosedError)
  assert.ok(notifier.closed)
  assert.is(listener.status.state, 'closed')
  assert.equal(kernel.sockets(), [])
})

for (const [shrinkAbove, count, capacity] of [
  [undefined, 1000, 1024],
  [undefined, 1500, 5],
  [100, 120, 5],
  [4096, 3000, 4096],
] as const) {
  test(`N7: ${count} messages with a bound of ${shrinkAbove ?? 1024} leave room for ${capacity}`, async (place) => {
    const { notifier, tell } = place
    const queue = numberVector('u32')
    const listener = notifier.listen<number>({
      ...ids,
      queue: () => queue,
      ...(shrinkAbove === undefined ? {} : { shrinkAbove }),
    })
    await listener.update(true)
    assert.not(notifier.run())
    tell(...Array.from({ length: count }, (_, id) => id))
    await notifier.fence()
    assert.is(queue.length, count)
    listener.flush()
    tell(1, 2, 3, 4, 5)
    await notifier.fence()
    assert.ok(notifier.run())
    assert.is(queue.capacity, capacity)
    assert.equal(takeAll(listener), [1, 2, 3, 4, 5])
    assert.not(notifier.run())
  })
}

test('N7: wait resolves when there is something to read', async ({ notifier, tell }) => {
  const listener = notifier.listen(ids)
  await listener.update(true)
  let waited = false
  const wait = notifier.wait().then(() => {
    waited = true
  })
  await turns()
  assert.not(waited)
  tell(1)
  await wait
  assert.ok(notifier.run())
  await notifier.wait()
  assert.equal(takeAll(listener), [1])
})

test('N7: wait ends by its signal', async ({ notifier }) => {
  const abort = new AbortController()
  const reason = new Error('enough')
  const waiting = rejection(notifier.wait({ signal: abort.signal }))
  abort.abort(reason)
  assert.is(await waiting, reason)
  assert.is(await rejection(notifier.wait({ signal: abort.signal })), reason)
})

test('N8: a second listener shares the membership, and hears nothing from before', async (place) => {
  const { kernel, notifier, tell } = place
  const first = notifier.listen(ids)
  const second = notifier.listen(ids)
  await first.update(true)
  tell(1)
  const registered = second.update(true)
  tell(2)
  await registered
  tell(3)
  await notifier.fence()
  assert.equal(takeAll(first), [1, 2, 3])
  // 2 came while the fence was under way: either is right, older ones are not.
  assert.equal(
    takeAll(second).filter((id) => id !== 2),
    [3],
  )
  await first.update(false)
  assert.equal(groupsOf(kernel), [[THING_GROUP]])
  tell(4)
  await notifier.fence()
  assert.equal(takeAll(second), [4])
  await second.update(false)
  assert.equal(groupsOf(kernel), [])
})

test('N8: requests and dumps never use the multicast socket', async ({ kernel, notifier }) => {
  await notifier.listen(ids).update(true)
  const request = { message: thingMessage, type: ThingType.GET, entry: {}, operation: 'dump thing' }
  await notifier.connection.dumpInto(request, { message() {}, restart() {} })
  assert.is(kernel.sockets('notification')[0]?.sent.length, 0)
})

for (const [name, cause, reason] of [
  ['an overrun', (kernel: FakeKernel) => kernel.overrun(), 'overrun'],
  ['a truncated datagram', (kernel: FakeKernel) => kernel.truncated(), 'truncated'],
  ['a message of no length', (kernel: FakeKernel) => kernel.notify(THING_GROUP, new Uint8Array(16)), 'malformed'],
] as const) {
  test(`N9, N10: ${name} is told to every listener as a value, once`, async ({ kernel, notifier, tell }) => {
    const listeners = [notifier.listen(ids), notifier.listen(others)]
    for (const listener of listeners) await listener.update(true)
    cause(kernel)
    await notifier.fence()
    tell(7)
    await notifier.fence()
    assert.equal(listeners.map(takeAll), [[reason, 7], [reason]])
  })
}

test('N9: a message that one listener cannot decode is a loss for that one, and counted', async (place) => {
  const { kernel, notifier, tell } = place
  const reader = notifier.listen(ids)
  const counter = notifier.listen<number>({ ...ids, decode: () => 1 })
  await Promise.all([reader.update(true), counter.update(true)])
  tell(1)
  kernel.notify(THING_GROUP, brokenThing())
  tell(2)
  await notifier.fence()
  assert.equal(takeAll(reader), ['malformed', 2])
  assert.equal(takeAll(counter), [1, 1, 1])
  assert.is(notifier.connection.counters.malformed, 1)
})

test('N10: a loss drops what is queued: it is older than the reading that must follow', async (place) => {
  const { kernel, notifier, tell } = place
  const listener = notifier.listen(ids)
  await listener.update(true)
  tell(1)
  await notifier.fence()
  kernel.overrun()
  await notifier.fence()
  tell(2)
  kernel.truncated()
  tell(3)
  await notifier.fence()
  assert.equal(takeAll(listener), ['truncated', 3])
  assert.is(notifier.connection.counters.overruns, 2)
})

test('N11: what is irrelevant is neither kept nor told', async ({ kernel, notifier, tell }) => {
  const listener = notifier.listen<number>({ ...ids, decode: () => undefined })
  await listener.update(true)
  tell(1, 2, 3)
  kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: 99 }, thing(4)))
  await notifier.fence()
  assert.not(listener.ready)
  assert.not(notifier.run())
  assert.is(notifier.connection.counters.malformed, 0)
})

test('N11: messages of another namespace are not taken for ours', async ({ kernel, notifier }) => {
  const listener = notifier.listen(ids)
  await listener.update(true)
  kernel.notify(THING_GROUP, newThing(thing(1)), 5)
  kernel.notify(THING_GROUP, newThing(thing(2)))
  await notifier.fence()
  assert.equal(takeAll(listener), [2])
})

test('N12: a listener that is removed and added again hears nothing from before', async (place) => {
  const { notifier, tell } = place
  const kept = notifier.listen(ids)
  const listener = notifier.listen(ids)
  await Promise.all([kept.update(true), listener.update(true)])
  tell(1)
  await listener.update(false)
  tell(2)
  await listener.update(true)
  tell(3)
  await notifier.fence()
  assert.equal(takeAll(listener), [3])
  assert.equal(takeAll(kept), [1, 2, 3])
})

for (const alone of [true, false]) {
  test(`N12: the same within one turn${alone ? ', as the only listener' : ''}`, async ({ kernel, notifier, tell }) => {
    const listener = notifier.listen(ids)
    if (!alone) await notifier.listen(others).update(true)
    const first = listener.update(true)
    tell(1)
    const removed = listener.update(false)
    tell(2)
    const second = listener.update(true)
    await Promise.all([first, removed, second])
    assert.is(listener.status.state, 'on')
    assert.is(notifier.sinks, alone ? 1 : 2)
    tell(3)
    await notifier.fence()
    assert.equal(takeAll(listener), [3])
    await listener.update(false)
    assert.equal(groupsOf(kernel), alone ? [] : [[OTHER_GROUP]])
    await delay(150)
    assert.is(listener.status.state, 'off')
  })
}

notifications.run()
