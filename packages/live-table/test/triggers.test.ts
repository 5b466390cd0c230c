import {
  changesOf,
  type LiveTable,
  onEntry,
  onMessage,
  onTable,
  openTable,
  type TableDefinition,
} from '@rtnl/live-table'
import { DecodeError, type NetlinkError } from '@rtnl/netlink-core'
import { answer, type FakeKernel, FakeTable, messageBytes } from '@rtnl/netlink-core/testing'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  makeKernel,
  rejection,
  type Thing,
  ThingType,
  thing,
  thingDefinition,
  thingMessage,
  turns,
  until,
} from '../../notifier/test/things.ts'
import { byKey, Follower } from './follow.ts'

const triggers = suite('triggers')

const OWNER_GROUP = 20
const BELL = 60
const BELL_GROUP = 21

/** What things belong to; when an owner changes the kernel may remove its things and say nothing. */
const ownerDefinition: TableDefinition<Thing> = {
  ...thingDefinition,
  name: 'owner',
  types: { new: 52, delete: 53, get: 54 },
  groups: [OWNER_GROUP],
}

const ofOwner = (owner: number | undefined) => ({
  name: `owner ${owner}`,
  request: { owner: owner ?? 0 },
  contains: (entry: Thing) => entry.owner === owner,
})

const ownedDefinition: TableDefinition<Thing> = {
  ...thingDefinition,
  triggers: [
    onTable<Thing, Thing>(ownerDefinition, 'owner', (old, next) => [ofOwner((next ?? old)?.id)]),
    onMessage<Thing>({
      reason: 'bell',
      groups: [BELL_GROUP],
      types: [BELL],
      invalidates: ({ view, body, end }, table) => {
        const { owner } = thingMessage.decode(view, body, end)
        // The table is there to be asked.
        return [...table].some((entry) => entry.owner === owner) ? [ofOwner(owner)] : []
      },
    }),
  ],
}

interface Place {
  readonly kernel: FakeKernel
  readonly things: FakeTable<Thing>
  readonly owners: FakeTable<Thing>
  readonly live: LiveTable<Thing>
  readonly follower: Follower
  /** Filters of the readings: owners, `all` for none. */
  readonly partitions: (number | 'all')[]
}

function test(name: string, run: (place: Place) => Promise<void>, definition = ownedDefinition): void {
  triggers(name, async () => {
    const { kernel, table: things } = makeKernel()
    const owners = new FakeTable(kernel, ownerDefinition)
    things.wanted = (entry, filter) => filter.owner === undefined || entry.owner === filter.owner
    const partitions: (number | 'all')[] = []
    kernel.on(ThingType.GET, (request) => {
      partitions.push(request.decode(thingMessage).owner ?? 'all')
      return things.handle(request)
    })
    for (const owner of [1, 2]) {
      owners.putSilently(thing(owner))
      for (const id of [1, 2, 3]) things.putSilently({ ...thing(owner * 10 + id), owner })
    }
    const live = await openTable(definition, { transports: kernel })
    const follower = new Follower(live)
    await turns()
    follower.batches.length = 0
    partitions.length = 0
    try {
      await run({ kernel, things, owners, live, follower, partitions })
      assert.equal(follower.fold.sorted, byKey(live))
    } finally {
      live.close()
    }
    assert.equal(kernel.sockets(), [])
  })
}

test('a change of another table: the part is read, and the differences are inferred', async (place) => {
  const { things, owners, live, follower, partitions } = place
  things.deleteSilently('11')
  things.putSilently({ ...thing(12, 'other'), owner: 1 })
  // Of this one nobody spoke: it stays as it is known.
  things.deleteSilently('21')
  owners.put(thing(1, 'changed'))
  await live.waitForSync()
  await turns()
  assert.equal(partitions, [1])
  assert.equal(follower.lines, ['inferred changed 12, removed 11', 'resync owner (inferred)'])
  assert.ok(live.get({ id: 21 }))
})

test('the table that it depends on can be asked', async ({ live, owners }) => {
  assert.equal(live.dependency(ownerDefinition)?.get({ id: 1 }), thing(1))
  owners.put(thing(1, 'changed'))
  await live.waitForSync()
  assert.equal(live.dependency(ownerDefinition)?.get({ id: 1 }), thing(1, 'changed'))
  assert.is(live.dependency(thingDefinition), undefined)
})

test('a notification that says what is known is an event all the same', async ({
  things,
  owners,
  live,
  partitions,
}) => {
  things.deleteSilently('11')
  owners.put(thing(1))
  await live.waitForSync()
  assert.equal(partitions, [1])
  assert.is(live.get({ id: 11 }), undefined)
})

test('a message of no table: the same', async ({ kernel, things, live, follower, partitions }) => {
  const ring = (owner: number): void => kernel.notify(BELL_GROUP, messageBytes(thingMessage, { type: BELL }, { owner }))
  things.deleteSilently('22')
  ring(2)
  await live.waitForSync()
  ring(77)
  await live.waitForSync()
  await turns()
  assert.equal(partitions, [2])
  assert.equal(follower.lines, ['inferred removed 22', 'resync bell (inferred)'])
})

{
  const seen: string[] = []
  test(
    'a notification of the table itself: the same, and what the reading finds is no event',
    async ({ things, live, follower, partitions }) => {
      assert.equal(seen, [], 'neither is the first reading')
      things.putSilently({ ...thing(12, 'other'), owner: 1 })
      things.deleteSilently('13')
      things.put({ ...thing(11, 'changed'), owner: 1 })
      await live.waitForSync()
      assert.equal(partitions, [1])
      assert.equal(seen, ['11 thing 11 -> 11 changed'])
      things.put({ ...thing(11, 'changed'), owner: 1 })
      things.put({ ...thing(14), owner: 1 })
      things.delete('14')
      await live.waitForSync()
      assert.equal(seen.slice(1), ['11 changed -> 11 changed', 'none -> 14 thing 14', '14 thing 14 -> none'])
      assert.equal(partitions, [1])
      await turns()
      assert.equal(follower.lines.slice(0, 3), [
        'notification changed 11',
        'inferred changed 12, removed 13',
        'resync neighbour (inferred)',
      ])
    },
    {
      ...thingDefinition,
      triggers: [
        onEntry<Thing>('neighbour', (old, next) => {
          const text = (entry: Thing | undefined): string =>
            entry === undefined ? 'none' : `${entry.id} ${entry.label}`
          seen.push(`${text(old)} -> ${text(next)}`)
          return old !== undefined && next !== undefined && old.label !== next.label ? [ofOwner(next.owner)] : []
        }),
      ],
    },
  )
}

test('no reading before the kernel is done with the request that changes more', async (place) => {
  const { kernel, things, owners, live, partitions } = place
  kernel.hold('request')
  owners.put(thing(1, 'changed'))
  await turns(10)
  assert.is(live.state, 'stale')
  assert.equal(partitions, [])
  things.deleteSilently('11')
  kernel.resume('request')
  await live.waitForSync()
  assert.equal(partitions, [1])
  assert.is(live.get({ id: 11 }), undefined)
})

test(
  'what is fresh has waited for what another table has to find out by itself',
  async ({ kernel, things, owners, live, follower }) => {
    // Nobody says that owner 1 has changed, nor what came of it; a bell makes the table of owners look.
    owners.putSilently(thing(1, 'changed'))
    things.deleteSilently('11')
    kernel.notify(BELL_GROUP, messageBytes(thingMessage, { type: BELL }, { id: 0 }))
    await live.waitForSync()
    assert.is(live.get({ id: 11 }), undefined)
    await turns()
    assert.equal(follower.lines, ['inferred removed 11', 'resync owner (inferred)'])
  },
  {
    ...thingDefinition,
    triggers: [
      onTable<Thing, Thing>(
        {
          ...ownerDefinition,
          triggers: [
            onMessage<Thing>({
              reason: 'bell',
              groups: [BELL_GROUP],
              types: [BELL],
              invalidates: () => [{ name: 'all', request: {} }],
            }),
          ],
        },
        'owner',
        (old, next) => [ofOwner((next ?? old)?.id)],
      ),
    ],
  },
)

test('events of a burst are settled by one reading for each part', async ({ owners, live, partitions }) => {
  for (let round = 0; round < 50; round++) owners.put(thing(1 + (round % 2), `change ${round}`))
  await live.waitForSync()
  assert.equal(partitions.sort(), [1, 2])
})

test('many parts are read as the whole', async ({ things, owners, live, partitions }) => {
  things.deleteSilently('11')
  for (let owner = 1; owner <= 17; owner++) owners.put(thing(owner))
  await live.waitForSync()
  assert.equal(partitions, ['all'])
  assert.is(live.get({ id: 11 }), undefined)
})

test('a part that the kernel refuses is read as the whole', async ({ kernel, things, owners, live, partitions }) => {
  kernel.on(ThingType.GET, (request) => {
    const { owner } = request.decode(thingMessage)
    partitions.push(owner ?? 'all')
    return owner === undefined ? things.handle(request) : answer.error(19)
  })
  for (const id of [11, 12, 13]) things.deleteSilently(String(id))
  owners.delete('1')
  await live.waitForSync()
  assert.equal(partitions, [1, 'all'])
  assert.is(live.size, 3)
})

test('a notification during the scoped reading wins', async ({ kernel, things, owners, live, follower }) => {
  kernel.hold('dump')
  owners.put(thing(1, 'changed'))
  await turns(10)
  things.put({ ...thing(11, 'newer'), owner: 1 })
  things.delete('12')
  things.put({ ...thing(14), owner: 1 })
  await turns()
  kernel.resume('dump')
  await live.waitForSync()
  assert.equal(byKey(live), byKey(things.entries.values()))
  await turns()
  assert.equal(follower.lines, ['notification changed 11, removed 12, added 14', 'resync owner (inferred)'])
})

test('a loss outweighs what is inferred', async ({ kernel, things, owners, live, follower, partitions }) => {
  things.deleteSilently('11')
  things.deleteSilently('21')
  owners.put(thing(1))
  kernel.overrun()
  await live.waitForSync()
  await turns()
  assert.ok(partitions.includes('all'))
  assert.equal(byKey(live), byKey(things.entries.values()))
  assert.is(follower.lines.at(-1), 'resync overrun (resync)')
})

test('an event during the first reading is not lost', async ({ kernel, owners, things }) => {
  kernel.hold('dump')
  const opening = openTable(ownedDefinition, { transports: kernel })
  await until(() => kernel.sockets('dump').length > 1, 'reading the owners')
  // The owners pass, the things wait.
  kernel.deliver('dump', 2)
  await turns(20)
  things.deleteSilently('11')
  owners.put(thing(1, 'changed'))
  await turns()
  kernel.resume('dump')
  const second = await opening
  await second.waitForSync()
  assert.is(second.get({ id: 11 }), undefined)
  second.close()
})

triggers('tables that depend on the same other one share it', async () => {
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

triggers('a table and those that depend on it share its rows', async () => {
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

triggers('who gives up while the other table is being read leaves it to others, or ends it', async () => {
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

triggers('a table that cannot be read refuses those that depend on it', async () => {
  const { kernel } = makeKernel()
  kernel.on(ownerDefinition.types.get, () => answer.error(95))
  const error = await rejection(openTable(ownedDefinition, { transports: kernel }))
  assert.is((error as NetlinkError).operation, 'dump owner')
  assert.equal(kernel.sockets(), [])
})

test('a table that ends with an error ends those that depend on it', async ({ kernel, live, follower }) => {
  kernel.on(ownerDefinition.types.get, () => answer.raw(new Uint8Array(16)))
  const { closed } = live
  kernel.overrun()
  const error = await closed
  assert.instance(error, DecodeError)
  assert.is(await rejection(follower.ended), error)
  assert.is(live.state, 'closed')
})

triggers('changesOf tells several tables in the order of the kernel', async () => {
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

triggers.run()
