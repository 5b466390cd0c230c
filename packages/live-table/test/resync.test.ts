import { setTimeout as delay } from 'node:timers/promises'
import { openTable, type TableDefinition } from '@rtnl/live-table'
import { answer } from '@rtnl/netlink-core/testing'
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
  thingDefinition,
  turns,
  until,
} from '../../notifier/test/things.ts'
import { byKey, Follower, withTable } from './follow.ts'

const quietDefinition: TableDefinition<Thing> = { ...thingDefinition, dumps: 'racy' }

const doubts = suite('live table in doubt')

doubts('a first reading that is interrupted is read again', async () => {
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

doubts('an overrun makes the table stale until it was read again, and the differences are told', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    for (const id of [1, 2, 3]) table.put(thing(id))
    await opened.waitForSync()
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
    await opened.waitForSync()
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
  doubts(`${name} makes it read again`, () =>
    withTable(async ({ kernel, table, live: opened }) => {
      table.put(thing(1))
      await opened.waitForSync()
      table.putSilently(thing(2))
      lose(kernel)
      await opened.waitForSync()
      assert.is(opened.state, 'live')
      assert.equal(byKey(opened), byKey(table.entries.values()))
    }),
  )
}

doubts('messages lost during a reading make it worthless: nothing of it is told', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    for (const id of [1, 2]) table.put(thing(id))
    await opened.waitForSync()
    const follower = new Follower(opened)
    await turns()
    const before = opened.relists
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
    assert.is(opened.relists, before + 2)
    assert.equal(byKey(opened), byKey([thing(2)]))
    assert.equal(follower.lines.slice(2), ['resync removed 1', 'resync overrun (resync)'])
  }),
)

doubts('resync finds what the kernel did not say, with the cause resync', () =>
  withTable(async ({ table, live: opened }) => {
    table.put(thing(1))
    await opened.waitForSync()
    const follower = new Follower(opened, { initial: false })
    await turns()
    table.putSilently(thing(2))
    table.deleteSilently('1')
    await opened.resync()
    await turns()
    assert.equal(follower.lines, ['resync added 2, removed 1', 'resync requested (resync)'])
  }),
)

doubts('fresh shows everything that happened before the call', () =>
  withTable(async ({ kernel, table, live: opened }) => {
    for (let round = 0; round < 20; round++) {
      table.put(thing(round))
      const fresh = opened.waitForSync()
      table.put(thing(1000))
      await fresh
      assert.equal(opened.get({ id: round }), thing(round))
    }
    kernel.hold('notification')
    const abort = new AbortController()
    const waiting = rejection(opened.waitForSync({ signal: AbortSignal.abort(new Error('enough')) }))
    assert.match(String(await waiting), 'enough')
    abort.abort()
    kernel.resume('notification')
  }),
)

doubts('a quiet table is read again when something changed meanwhile', () =>
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
  doubts(`a table that never rests converges as soon as it does: ${name}`, async () => {
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
    await until(() => opened.state === 'live', 'live')
    assert.equal(byKey(opened), byKey(table.entries.values()))
    // Some readings with pauses in between, no busy loop.
    assert.ok(changes < 200, `${changes} readings`)
    opened.close()
  })
}

doubts.run()
