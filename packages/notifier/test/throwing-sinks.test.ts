import { DecodeError } from '@rtnl/netlink-core'
import type { MessageSink } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ids, placed, takeAll } from './listening.ts'
import { newThing, THING_GROUP, ThingType, thing, thingMessage } from './things.ts'
import { uncaughtDuring } from './uncaught.ts'

const throwing = suite('sinks and listeners that throw')
const test = placed(throwing)

/** A sink that notes ids and reasons, and does something for each message first. */
function noting(lines: (number | string)[], before: (id: number) => void = () => {}): MessageSink {
  return {
    name: 'noting',
    groups: [THING_GROUP],
    types: [ThingType.NEW],
    message({ view, body, end }) {
      const { id = 0 } = thingMessage.decode(view, body, end)
      before(id)
      lines.push(id)
    },
    lost: (reason) => lines.push(reason),
    failed: () => lines.push('failed'),
  }
}

const datagram = (...numbers: number[]): Uint8Array => new Uint8Array(numbers.flatMap((id) => [...newThing(thing(id))]))

test('a sink misses one message and is told, and nobody else misses any', async ({ kernel, notifier }) => {
  const lines: (number | string)[] = []
  const others: (number | string)[] = []
  await notifier.attach(
    noting(lines, (id) => {
      if (id === 2) throw new TypeError('of the sink')
    }),
  )
  await notifier.attach(noting(others))
  const uncaught = await uncaughtDuring(async () => {
    kernel.notify(THING_GROUP, datagram(1, 2, 3))
    await notifier.fence()
  })
  assert.equal(uncaught, ['TypeError: of the sink'])
  assert.equal(lines, [1, 'malformed', 3])
  assert.equal(others, [1, 2, 3])
  assert.is(notifier.connection.counters.malformed, 0)
})

test('a sink that cannot decode a message is counted, and the datagram goes on', async ({ kernel, notifier }) => {
  const lines: (number | string)[] = []
  const others: (number | string)[] = []
  await notifier.attach(
    noting(lines, (id) => {
      if (id === 2) throw new DecodeError('thing', 'id', 16, 'it is 2')
    }),
  )
  await notifier.attach(noting(others))
  const uncaught = await uncaughtDuring(async () => {
    kernel.notify(THING_GROUP, datagram(1, 2, 3))
    await notifier.fence()
  })
  assert.equal(uncaught, [])
  assert.equal(lines, [1, 'malformed', 3])
  assert.equal(others, [1, 2, 3])
  assert.is(notifier.connection.counters.malformed, 1)
})

test('a loss and the end of the socket reach all', async ({ kernel, notifier }) => {
  const others: (number | string)[] = []
  const fail = (what: string) => (): never => {
    throw new Error(what)
  }
  await notifier.attach({ ...noting([]), lost: fail('lost'), failed: fail('failed') })
  await notifier.attach(noting(others))
  const uncaught = await uncaughtDuring(async () => {
    kernel.notify(THING_GROUP, datagram(1))
    kernel.truncated()
    await notifier.fence()
    kernel.fail(new Error('broken'))
  })
  assert.equal(uncaught, ['Error: lost', 'Error: failed'])
  assert.equal(others, [1, 'truncated', 'failed'])
})

test('a listener that cannot keep a message has a loss, and other listeners have all', async ({ kernel, notifier }) => {
  const failing = notifier.listen<number>({
    ...ids,
    decode(cursor) {
      const id = ids.decode(cursor)
      if (id === 2) throw new TypeError('of the listener')
      return id
    },
  })
  const other = notifier.listen(ids)
  await Promise.all([failing.update(true), other.update(true)])
  const uncaught = await uncaughtDuring(async () => {
    kernel.notify(THING_GROUP, datagram(1, 2, 3))
    await notifier.fence()
  })
  assert.equal(uncaught, ['TypeError: of the listener'])
  assert.equal(takeAll(failing), ['malformed', 3])
  assert.equal(takeAll(other), [1, 2, 3])
})

throwing.run()
