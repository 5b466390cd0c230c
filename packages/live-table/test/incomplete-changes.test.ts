import { openTable, type TableDefinition } from '@rtnl/live-table'
import { Errno, MessageFlag, NetlinkError } from '@rtnl/netlink-core'
import { answer, type FakeKernel, type FakeTable, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  brokenThing,
  makeKernel,
  rejection,
  THING_GROUP,
  type Thing,
  ThingType,
  thing,
  thingMessage,
  turns,
  until,
} from '../../notifier/test/things.ts'
import { byKey } from './follow.ts'
import {
  PathKernel,
  definition as pathDefinition,
  group as pathGroup,
  pathMessage,
  rules as pathRules,
  types as pathTypes,
  sorted,
} from './paths.ts'
import { BELL, bellDefinition as definition } from './support/bell.ts'

const announced = suite('what the kernel announces before it is complete')

/** `RTM_GETLINK`: the kernel answers it when no change is under way. */
const GETLINK = 18

const ring = (kernel: FakeKernel, port: number): void =>
  kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: BELL }, { port }))

/** Things 1 and 2 of port 1, 3 of port 2. The kernel filters by port. */
function places(): { kernel: FakeKernel; table: FakeTable<Thing> } {
  const { kernel, table } = makeKernel()
  table.wanted = (entry, filter) => filter.port === 0 || entry.port === filter.port
  for (const id of [1, 2, 3]) table.putSilently({ ...thing(id), port: id === 3 ? 2 : 1 })
  return { kernel, table }
}

/** Has something happen when the kernel answers the n-th barrier from now on. */
function atBarrier(kernel: FakeKernel, happens: (count: number) => void): void {
  let count = 0
  kernel.on(GETLINK, () => {
    happens(++count)
    return answer.ack()
  })
}

announced('a deletion that was announced before the table listened is complete when it is open', async () => {
  const { kernel, table } = places()
  // The kernel has sent the message, and has still to remove the entry.
  atBarrier(kernel, () => table.deleteSilently('2'))
  await using live = await openTable(definition, { transports: kernel })
  assert.equal(byKey(live), byKey(table.entries.values()))
  assert.is(live.size, 2)
})

announced('what is announced before the barrier of the first dump is older than the dump', async () => {
  const { kernel, table } = places()
  atBarrier(kernel, (count) => {
    if (count > 1) return
    // Arrives behind the answer, and the kernel has changed the entry in silence since.
    kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: ThingType.NEW }, { ...thing(2, 'older'), port: 1 }))
    table.putSilently({ ...thing(2, 'newer'), port: 1 })
  })
  await using live = await openTable(definition, { transports: kernel })
  assert.is(live.get({ id: 2 })?.label, 'newer')
})

announced('an event that arrives behind a barrier waits for another one', async () => {
  const { kernel, table } = places()
  await using live = await openTable(definition, { transports: kernel })
  atBarrier(kernel, (count) => {
    if (count === 1) ring(kernel, 2)
    if (count === 2) table.deleteSilently('3')
  })
  kernel.on(ThingType.GET, (request) => {
    const handled = table.handle(request)(request)
    // Without another barrier the dump comes before the change.
    if (request.decode(thingMessage).port === 2) table.deleteSilently('3')
    return answer.raw(...handled)
  })
  ring(kernel, 1)
  table.putSilently({ ...thing(1, 'silently'), port: 1 })
  await until(() => live.relists > 1 && live.state === 'live', 'live again')
  assert.equal(byKey(live), byKey(table.entries.values()))
})

announced(
  'an entry that leaves a part while that is read, and of which the kernel says so later, is never missing',
  async () => {
    const { kernel, table } = places()
    await using live = await openTable(definition, { transports: kernel })
    const removed: (number | undefined)[] = []
    live.observe((old, next) => {
      if (next === undefined) removed.push(old?.id)
    })
    let underWay: Thing | undefined
    kernel.on(ThingType.GET, (request) => {
      underWay = { ...thing(2), port: 2 }
      table.putSilently(underWay)
      return table.handle(request)
    })
    atBarrier(kernel, () => {
      if (underWay !== undefined) table.put(underWay)
      underWay = undefined
    })
    ring(kernel, 1)
    await until(() => live.relists > 1 && live.state === 'live', 'live again')
    assert.equal([removed, underWay], [[], undefined])
    assert.equal(byKey(live), byKey(table.entries.values()))
  },
)

announced('a dump that shows what was announced as deleted is read again', async () => {
  const { kernel, table } = places()
  await using live = await openTable(definition, { transports: kernel })
  atBarrier(kernel, (count) => {
    // The entry is still there.
    if (count === 1) {
      kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: ThingType.DEL }, { ...thing(2), port: 1 }))
    }
  })
  kernel.on(ThingType.GET, (request) => {
    const handled = table.handle(request)(request)
    table.deleteSilently('2')
    return answer.raw(...handled)
  })
  ring(kernel, 1)
  await until(() => live.relists > 1 && live.state === 'live', 'live again')
  assert.equal(byKey(live), byKey(table.entries.values()))
})

announced('a dump that shows what was announced as deleted from a list is read again', async () => {
  const kernel = new PathKernel()
  for (const via of ['a', 'b']) kernel.add(1, via, 'append')
  await using live = await openTable(pathDefinition, { transports: kernel })
  atBarrier(kernel, (count) => {
    if (count === 1) {
      kernel.notify(
        pathGroup,
        messageBytes(pathMessage, { type: pathTypes.delete }, { family: 2, prefix: 1, via: 'a' }),
      )
    }
  })
  kernel.on(pathTypes.get, (request) => {
    const handled = answer.dump(pathMessage, pathTypes.new, kernel.entries())(request)
    kernel.remove(1, 'a', true)
    return answer.raw(...handled)
  })
  kernel.overrun()
  await until(() => live.relists > 1 && live.state === 'live', 'live again')
  assert.equal(sorted(live), ['1 b'])
})

announced('a list of several entries of which the dump is newer than the notifications is read again', async () => {
  const kernel = new PathKernel()
  // A replaced entry may have been one of several, as with IPv4 routes.
  const lists = { ...pathRules, relative: (flags: number) => (flags & MessageFlag.EXCL) === 0 }
  await using live = await openTable({ ...pathDefinition, lists }, { transports: kernel })
  kernel.add(1, 'c', 'append', true)
  // The dump of a list has ended when it shows another one.
  kernel.add(2, 'z', 'append', true)
  let dumps = 0
  kernel.on(pathTypes.get, () => {
    if (dumps++ === 0) {
      kernel.hold('dump')
      kernel.hold('notification')
      kernel.add(1, 'a', 'append')
      kernel.add(1, 'd', 'replace')
      kernel.remove(1, 'd')
    }
    return answer.dump(pathMessage, pathTypes.new, kernel.entries())
  })
  kernel.overrun()
  await until(() => dumps > 0, 'the dump')
  // The first message, the dump, the other messages.
  kernel.deliver('notification')
  await turns()
  kernel.resume('dump')
  await turns()
  kernel.resume('notification')
  await turns()
  await live.waitForSync()
  await until(() => live.state === 'live', 'live again')
  assert.equal(sorted(live), ['1 a', '2 z'])
})

announced(
  'a list is read again if notifications that the dump is newer than replaced an entry and removed that',
  async () => {
    const kernel = new PathKernel()
    const lists = { ...pathRules, relative: (flags: number) => (flags & MessageFlag.EXCL) === 0 }
    for (const via of ['c', 'a']) kernel.add(1, via, 'append', true)
    kernel.add(2, 'z', 'append', true)
    let dumps = 0
    kernel.on(pathTypes.get, () => {
      if (dumps++ === 0) {
        kernel.hold('notification')
        kernel.add(1, 'd', 'replace')
        kernel.remove(1, 'd')
      }
      return answer.dump(pathMessage, pathTypes.new, kernel.entries())
    })
    const opening = openTable({ ...pathDefinition, lists }, { transports: kernel })
    await until(() => dumps > 0, 'the dump')
    await turns()
    kernel.resume('notification')
    await using live = await opening
    await live.waitForSync()
    assert.equal(sorted(live), ['1 a', '2 z'])
  },
)

const racy: TableDefinition<Thing> = { ...definition, dumps: 'racy' }

announced('a racy dump is read again after an event about other entries, which may have moved its places', async () => {
  const { kernel, table } = places()
  await using live = await openTable(racy, { transports: kernel })
  let dumps = 0
  kernel.on(ThingType.GET, (request) => {
    if (dumps++ > 0) return table.handle(request)
    ring(kernel, 2)
    return answer.dump(thingMessage, ThingType.NEW, [{ ...thing(1), port: 1 }])
  })
  ring(kernel, 1)
  await until(() => dumps > 1 && live.state === 'live', 'live again')
  assert.equal(byKey(live), byKey(table.entries.values()))
})

announced('a racy dump is read again if a change that it met is announced behind it', async () => {
  const { kernel, table } = places()
  await using live = await openTable(racy, { transports: kernel })
  let dumps = 0
  kernel.on(ThingType.GET, (request) => {
    if (dumps++ > 0) return table.handle(request)
    // Without 1, which is gone, 2 is where the dump has been already. The message comes when the change is complete.
    atBarrier(kernel, (count) => {
      if (count === 1) table.delete('1')
    })
    return answer.dump(thingMessage, ThingType.NEW, [])
  })
  ring(kernel, 1)
  await until(() => dumps > 0 && live.state === 'live', 'live again')
  assert.equal(byKey(live), byKey(table.entries.values()))
})

announced('an entry that was shown in another part before its dump began anew does not stay', async () => {
  const { kernel, table } = places()
  await using live = await openTable(definition, { transports: kernel })
  // 3 of port 2 is of port 1 now, in silence, and is gone before the dump of port 1 is complete.
  let dumps = 0
  kernel.on(ThingType.GET, (request) => {
    if (request.decode(thingMessage).port !== 1 || dumps++ > 0) return table.handle(request)
    table.deleteSilently('3')
    const moved = { ...thing(3), port: 1 }
    return answer.dump(thingMessage, ThingType.NEW, [moved], { interrupted: 'done' })
  })
  ring(kernel, 2)
  ring(kernel, 1)
  await until(() => live.relists > 1 && live.state === 'live', 'live again')
  assert.equal(byKey(live), byKey(table.entries.values()))
})

announced('a barrier that the system does not take is sent again, since it proves nothing', async () => {
  const { kernel } = places()
  await using live = await openTable(definition, { transports: kernel })
  let barriers = 0
  atBarrier(kernel, (count) => {
    barriers = count
  })
  let isFull = true
  // Each refusal is an error of its own.
  Object.defineProperty(kernel, 'sendError', {
    get: () => (isFull ? new NetlinkError(Errno.ENOBUFS, { operation: 'send' }) : undefined),
  })
  let isSynced = false
  const synced = live.waitForSync().then(() => {
    isSynced = true
  })
  await turns()
  assert.equal([isSynced, barriers], [false, 0])
  isFull = false
  await synced
  assert.is(barriers, 1)
})

announced('a table ends when requests cannot be sent any more', async () => {
  const { kernel } = places()
  await using live = await openTable(definition, { transports: kernel })
  const error = new NetlinkError(Errno.EIO, { operation: 'receive' })
  kernel.fail(error, 'request')
  await turns()
  assert.is(await rejection(live.waitForSync()), error)
  kernel.overrun()
  assert.is(await live.closed, error)
})

for (const loss of ['overrun', 'malformed'] as const)
  announced(`after a loss no part alone is taken, since an entry may have gone to another part: ${loss}`, async () => {
    const { kernel, table } = places()
    await using live = await openTable(definition, { transports: kernel })
    const removed: (number | undefined)[] = []
    live.observe((old, next) => {
      if (next === undefined) removed.push(old?.id)
    })
    atBarrier(kernel, (count) => {
      if (count > 1) return
      // Contradicts the first dump, so that the second one would be taken as it is.
      kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: ThingType.DEL }, { ...thing(2), port: 1 }))
    })
    let dumps = 0
    kernel.on(ThingType.GET, (request) => {
      if (++dumps === 2) {
        table.putSilently({ ...thing(1), port: 2 })
        if (loss === 'overrun') kernel.overrun()
        else kernel.notify(THING_GROUP, brokenThing())
      }
      return table.handle(request)
    })
    ring(kernel, 1)
    await until(() => dumps > 2 && live.state === 'live', 'live again')
    assert.equal(removed, [2])
    assert.equal(byKey(live), byKey(table.entries.values()))
  })

announced('what was announced to a queue that still loses messages is complete when it is read', async () => {
  const { kernel, table } = places()
  await using live = await openTable(definition, { transports: kernel })
  let isUnderWay = false
  const end = (): void => {
    if (isUnderWay) table.deleteSilently('2')
    isUnderWay = false
  }
  atBarrier(kernel, end)
  kernel.on(ThingType.GET, (request) => {
    const handled = table.handle(request)(request)
    // Without a barrier the dump comes before the change.
    end()
    return answer.raw(...handled)
  })
  kernel.hold('notification')
  table.put({ ...thing(4), port: 1 })
  kernel.overrun()
  // The table hears of the loss. The queue still has a message, and takes none until that is read.
  kernel.deliver('notification')
  await until(() => live.state === 'stale', 'stale')
  await turns()
  kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: ThingType.DEL }, { ...thing(2), port: 1 }))
  isUnderWay = true
  kernel.resume('notification')
  await until(() => live.state === 'live', 'live again')
  assert.is(isUnderWay, false)
  assert.equal(byKey(live), byKey(table.entries.values()))
  assert.is(live.size, 3)
})

announced.run()
