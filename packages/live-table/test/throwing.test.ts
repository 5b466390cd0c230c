import { LiveTable, onMessage, onTable, openTable, openTableAs, type TableDefinition } from '@rtnl/live-table'
import { rowAccess } from '@rtnl/live-table/internal'
import { answer, messageBytes } from '@rtnl/netlink-core/testing'
import type { MessageSink } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  makeKernel,
  newThing,
  THING_GROUP,
  type Thing,
  ThingType,
  thing,
  thingDefinition,
  thingMessage,
  turns,
} from '../../notifier/test/things.ts'
import { uncaughtDuring } from '../../notifier/test/uncaught.ts'
import { byKey, Follower, withTable } from './follow.ts'

const throwing = suite('functions of others that throw')

/** Notifications of things in one datagram. */
function datagram(ids: readonly number[]): Uint8Array {
  return new Uint8Array(ids.flatMap((id) => [...newThing(thing(id))]))
}

const hundred = Array.from({ length: 100 }, (_, index) => index + 1)

throwing('an observer: its error surfaces, and all notifications of the datagram reach the table and everybody', () =>
  withTable(async ({ kernel, live }) => {
    const follower = new Follower(live)
    const sinkHeard: number[] = []
    const sink: MessageSink = {
      name: 'sink',
      groups: [THING_GROUP],
      types: [ThingType.NEW],
      message: ({ view, body, end }) => sinkHeard.push(thingMessage.decode(view, body, end).id ?? 0),
      lost: (reason) => assert.unreachable(reason),
      failed: () => {},
    }
    await live.notifier.attach(sink)
    const heard: (number | undefined)[] = []
    let count = 0
    live.observe(() => {
      if (++count === 5) throw new Error('the fifth')
    })
    live.observe((_old, next) => heard.push(next?.id))
    const uncaught = await uncaughtDuring(async () => {
      kernel.notify(THING_GROUP, datagram(hundred))
      await live.notifier.fence()
    })
    assert.equal(uncaught, ['Error: the fifth'])
    assert.is(count, 100)
    assert.equal(heard, hundred)
    assert.equal(sinkHeard, hundred)
    assert.equal(
      byKey(live).map(([, { id }]) => id),
      hundred,
    )
    assert.equal(follower.fold.sorted, byKey(live))
    assert.is(live.state, 'live')
    assert.is(live.relists, 1)
  }),
)

throwing('an observer: also where entries go, and where a reading finds a difference', () =>
  withTable(async ({ table, live }) => {
    table.put(thing(1))
    await live.waitForSync()
    live.observe((old, next, cause) => {
      throw new Error(`${old?.id} ${next?.id} ${cause}`)
    })
    const uncaught = await uncaughtDuring(async () => {
      table.delete('1')
      table.put(thing(2))
      await live.waitForSync()
      table.putSilently(thing(3))
      table.deleteSilently('2')
      await live.resync()
    })
    assert.equal(uncaught, [
      'Error: 1 undefined notification',
      'Error: undefined 2 notification',
      'Error: undefined 3 resync',
      'Error: 2 undefined resync',
    ])
    assert.equal(byKey(live), [['3', thing(3)]])
  }),
)

throwing('an expectation: its observer is told', () =>
  withTable(async ({ table, live }) => {
    const heard: (number | undefined)[] = []
    rowAccess(live).observe(
      (_old, next) => heard.push(next?.id),
      () => {
        throw new Error('of the expectation')
      },
    )
    const uncaught = await uncaughtDuring(async () => {
      table.put(thing(1))
      table.put(thing(2))
      await live.waitForSync()
    })
    assert.equal(heard, [1, 2])
    assert.equal([...new Set(uncaught)], ['Error: of the expectation'])
    assert.equal(byKey(live), byKey([thing(1), thing(2)]))
  }),
)

throwing('what selects the shown entries: the entry is not shown, and others are', async () => {
  const { kernel, table } = makeKernel()
  const shows = ({ id }: Thing): boolean => {
    if (id === 2) throw new Error('of the selection')
    return true
  }
  table.putSilently(thing(2))
  let live: LiveTable<Thing> | undefined
  const uncaught = await uncaughtDuring(async () => {
    live = await openTableAs(thingDefinition, (place) => new LiveTable(place, shows), { transports: kernel })
    const follower = new Follower(live)
    for (const id of [1, 2, 3]) table.put(thing(id))
    await live.waitForSync()
    await turns()
    assert.equal(byKey(live), byKey([thing(1), thing(3)]))
    assert.equal(follower.fold.sorted, byKey(live))
    await live.reselect()
  })
  assert.equal([...new Set(uncaught)], ['Error: of the selection'])
  live?.close()
})

throwing('what names a key: the changes still fold to the table, and the error is counted', async () => {
  const definition: TableDefinition<Thing> = {
    ...thingDefinition,
    keyText({ id }) {
      if (id === 2) throw new TypeError('no text for it')
      return String(id)
    },
  }
  await withTable(
    async ({ table, live }) => {
      const follower = new Follower(live)
      await turns()
      const uncaught = await uncaughtDuring(async () => {
        for (const id of [1, 2, 3]) table.put(thing(id))
        table.put(thing(2, 'other'))
        await live.waitForSync()
      })
      assert.equal(uncaught, [])
      const keys = [...follower.fold.entries.keys()]
      assert.equal(new Set(keys).size, 3)
      assert.equal(byKey(follower.fold.entries.values()), byKey(live))
      assert.equal(byKey(live), byKey([thing(1), thing(2, 'other'), thing(3)]))
      assert.ok(live.notifier.connection.counters.malformed > 0)
      table.delete('2')
      await live.waitForSync()
      await turns()
      assert.equal([...follower.fold.entries.keys()], ['1', '3'])
    },
    { ...definition },
  )
})

const BELL = 60
const bell = (owner: number): Uint8Array => messageBytes(thingMessage, { type: BELL }, { owner })

const faults: Record<string, Partial<TableDefinition<Thing>>> = {
  'whether a message is of the table': {
    accept: ({ view, end }) => view.getUint8(end + 10_000) === 0,
  },
  'a look at a row': {
    prepare: ({ view, end }) => (view.getUint8(end + 10_000) === 0 ? 'present' : 'absent'),
  },
}

for (const [what, fault] of Object.entries(faults)) {
  throwing(`${what}: is a malformed message, after which the table is read again`, async () => {
    let broken = false
    const definition: TableDefinition<Thing> = {
      ...thingDefinition,
      accept: (cursor) => (broken ? (fault.accept?.(cursor) ?? true) : true),
      prepare: (draft) => (broken ? (fault.prepare?.(draft) ?? 'present') : 'present'),
    }
    await withTable(async ({ table, kernel, live }) => {
      const follower = new Follower(live)
      const uncaught = await uncaughtDuring(async () => {
        broken = true
        kernel.notify(THING_GROUP, newThing(thing(7)))
        await live.notifier.fence()
        broken = false
        table.putSilently(thing(1))
        await live.waitForSync()
        await turns()
      })
      assert.equal(uncaught, [])
      assert.equal(byKey(live), byKey([thing(1)]))
      assert.ok(follower.lines.includes('resync malformed (resync)'))
      assert.is(live.notifier.connection.counters.malformed, 1)
    }, definition)
  })
}

const ownerDefinition: TableDefinition<Thing> = {
  ...thingDefinition,
  name: 'owner',
  types: { new: 52, delete: 53, get: 54 },
  groups: [THING_GROUP],
}

const failing = (): never => {
  throw new RangeError('of the trigger')
}

throwing('triggers: the whole table is in doubt, and others hear the messages', async () => {
  const { kernel, table } = makeKernel()
  kernel.on(54, () => answer.dump(thingMessage, 52, []))
  const heard: number[] = []
  const definition: TableDefinition<Thing> = {
    ...thingDefinition,
    triggers: [
      onTable<Thing, Thing>(ownerDefinition, 'owner', failing),
      onMessage<Thing>({ reason: 'bell', groups: [THING_GROUP], types: [BELL], invalidates: failing }),
      onMessage<Thing>({
        reason: 'second bell',
        groups: [THING_GROUP],
        types: [BELL],
        invalidates({ view, body, end }) {
          heard.push(thingMessage.decode(view, body, end).owner ?? 0)
          return []
        },
      }),
    ],
  }
  const live = await openTable(definition, { transports: kernel })
  for (const [id, message] of [
    [1, bell(5)],
    [2, messageBytes(thingMessage, { type: 52 }, thing(6))],
  ] as const) {
    const uncaught = await uncaughtDuring(async () => {
      table.putSilently(thing(id))
      kernel.notify(THING_GROUP, message)
      await live.waitForSync()
    })
    assert.equal(uncaught, [])
    assert.equal(byKey(live), byKey(table.entries.values()))
    assert.is(live.relists, 1 + id)
    assert.is(live.notifier.connection.counters.malformed, id)
  }
  assert.equal(heard, [5])
  live.close()
})

throwing('a part that cannot be asked for, or does not know what belongs to it: the whole table is read', async () => {
  const parts = [
    { name: 'out of range', request: { owner: -1 } },
    { name: 'no number', request: { owner: 'v0' as unknown as number } },
    {
      name: 'contains',
      request: { owner: 3 },
      contains: () => {
        throw new TypeError('of a part')
      },
    },
  ]
  const { kernel, table } = makeKernel()
  const definition: TableDefinition<Thing> = {
    ...thingDefinition,
    triggers: [
      onMessage<Thing>({
        reason: 'bell',
        groups: [THING_GROUP],
        types: [BELL],
        invalidates: ({ view, body, end }) => [parts[thingMessage.decode(view, body, end).owner ?? 0]!],
      }),
    ],
  }
  const live = await openTable(definition, { transports: kernel })
  for (const [index] of parts.entries()) {
    table.putSilently(thing(index + 1))
    table.deleteSilently(String(index))
    kernel.notify(THING_GROUP, bell(index))
    await live.waitForSync()
    assert.is(live.state, 'live')
    assert.equal(byKey(live), byKey(table.entries.values()))
  }
  live.close()
})

throwing.run()
