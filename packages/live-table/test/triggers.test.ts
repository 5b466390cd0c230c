import { onEntry, onMessage, onTable, openTable } from '@rtnl/live-table'
import { Errno } from '@rtnl/netlink-core'
import { answer, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Thing,
  ThingType,
  thing,
  thingDefinition,
  thingMessage,
  turns,
  until,
} from '../../notifier/test/things.ts'
import { byKey } from './follow.ts'
import {
  BELL,
  BELL_GROUP,
  ofOwner,
  ownedDefinition,
  ownerDefinition,
  type Place,
  withOwnedThings,
} from './support/owned-things.ts'

const triggers = suite('triggers')

function test(name: string, run: (place: Place) => Promise<void>, definition = ownedDefinition): void {
  triggers(name, () => withOwnedThings(run, definition))
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

test(
  'messages are lost: the table is read when the other one is known again, whose entry may be what it was',
  async ({ kernel, things, owners, live, partitions }) => {
    // The kernel marks the things of an owner by another name, in silence.
    owners.putSilently(thing(1, 'other'))
    things.putSilently({ ...thing(11, 'marked'), owner: 1 })
    let refused = 0
    kernel.on(ownerDefinition.types.get, (request) => {
      // The owners are read later than the things, if these do not wait for them.
      if (partitions.length === 0 && refused++ < 5) return answer.error(Errno.EBUSY)
      if (things.entries.get('11')?.label === 'marked') {
        things.putSilently({ ...thing(11), owner: 1 })
        owners.put(thing(1))
      }
      return owners.handle(request)
    })
    kernel.overrun()
    await live.waitForSync()
    await until(() => live.state === 'live', 'everything is read')
    assert.is(live.get({ id: 11 })?.label, 'thing 11')
  },
  {
    ...thingDefinition,
    triggers: [
      onTable<Thing, Thing>(ownerDefinition, 'owner', (old, next) =>
        old?.label === next?.label ? [] : [ofOwner((next ?? old)?.id)],
      ),
    ],
  },
)

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

triggers.run()
