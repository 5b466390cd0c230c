import { onTable, openTable } from '@rtnl/live-table'
import { answer, FakeTable } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeKernel, type Thing, ThingType, thing, thingDefinition, until } from '../../notifier/test/things.ts'
import { byKey, Follower } from './follow.ts'
import { PathKernel, definition as pathDefinition, pathMessage, types as pathTypes, sorted } from './paths.ts'

const storms = suite('messages that are lost during every reading')

/** A kernel in which, as long as the storm lasts, something changes and is lost while the table is read. */
function stormy() {
  const { kernel, table } = makeKernel()
  const storm = { lasts: true, changes: 0 }
  kernel.on(ThingType.GET, (request) => {
    const handled = table.handle(request)(request)
    if (storm.lasts) {
      kernel.overrun()
      table.put(thing(1000, `change ${storm.changes++}`))
    }
    return answer.raw(...handled)
  })
  return { kernel, table, storm }
}

storms('a table opens, and fresh shows what happened before the call', async () => {
  const { kernel, table, storm } = stormy()
  for (const id of [1, 2, 3]) table.putSilently(thing(id))
  const live = await openTable(thingDefinition, { transports: kernel })
  const follower = new Follower(live)
  for (let round = 10; round < 15; round++) {
    table.putSilently(thing(round))
    table.deleteSilently(String(round - 1))
    table.putSilently(thing(1, `round ${round}`))
    kernel.overrun()
    await live.waitForSync()
    assert.equal(live.get({ id: round }), thing(round))
    assert.is(live.get({ id: round - 1 }), undefined)
    assert.is(live.get({ id: 1 })?.label, `round ${round}`)
  }
  assert.ok(storm.lasts && storm.changes > 5)
  assert.is(live.state, 'stale')
  storm.lasts = false
  await until(() => live.state === 'live', 'live')
  assert.equal(byKey(live), byKey(table.entries.values()))
  live.close()
  await follower.ended
  assert.equal(follower.fold.sorted, byKey(table.entries.values()))
})

storms(
  'what was there when messages were lost during the first reading, and is gone, is not in the table that opens',
  async () => {
    const { kernel, table } = makeKernel()
    for (const id of [1, 2]) table.putSilently(thing(id))
    const paths = new PathKernel()
    for (const prefix of [1, 2, 3]) paths.add(prefix, 'a', 'append', true)
    let readings = 0
    kernel.on(ThingType.GET, (request) => {
      const handled = table.handle(request)(request)
      if (readings++ === 0) {
        kernel.overrun()
        table.deleteSilently('2')
      }
      return answer.raw(...handled)
    })
    let pathReadings = 0
    paths.on(pathTypes.get, (request) => {
      const handled = answer.dump(pathMessage, pathTypes.new, paths.entries())(request)
      if (pathReadings++ === 0) {
        paths.overrun()
        paths.remove(2, 'a', true)
      }
      return answer.raw(...handled)
    })
    await using live = await openTable(thingDefinition, { transports: kernel })
    assert.equal(byKey(live), byKey(table.entries.values()))
    await using lists = await openTable(pathDefinition, { transports: paths })
    assert.equal(sorted(lists), ['1 a', '3 a'])
    assert.ok(readings > 1 && pathReadings > 1, 'the first reading counted')
  },
)

storms('resync and fresh of a table that depends on one in the storm end too', async () => {
  const { kernel, table } = stormy()
  const owners = new FakeTable(kernel, { ...thingDefinition, types: { new: 52, delete: 53, get: 54 } })
  owners.putSilently(thing(1))
  const definition = {
    ...thingDefinition,
    name: 'depending',
    types: { new: 52, delete: 53, get: 54 },
    triggers: [onTable<Thing, Thing>(thingDefinition, 'thing', () => [])],
  }
  await using live = await openTable(definition, { transports: kernel })
  table.putSilently(thing(5))
  owners.putSilently(thing(2))
  await live.resync()
  await live.waitForSync()
  assert.equal(byKey(live), byKey(owners.entries.values()))
})

storms('lists of which notifications tell a part are as they were since the call', async () => {
  const kernel = new PathKernel()
  for (const via of ['a', 'b']) kernel.add(1, via, 'append')
  for (const via of ['c', 'd']) kernel.add(2, via, 'append')
  let storm = true
  let changes = 0
  kernel.on(pathTypes.get, (request) => {
    const handled = answer.dump(pathMessage, pathTypes.new, kernel.entries())(request)
    if (storm) {
      // Heard during each reading, and no word of what else is in the list.
      kernel.add(1, `n${++changes}`, 'append')
      kernel.remove(2, `n${changes}`)
      kernel.overrun()
    }
    return answer.raw(...handled)
  })
  await using table = await openTable(pathDefinition, { transports: kernel })
  kernel.remove(1, 'a', true)
  kernel.lists.set(2, ['d', 'e'])
  kernel.overrun()
  await table.waitForSync()
  const shown = sorted(table)
  assert.equal([shown.includes('1 a'), shown.includes('2 c'), shown.includes('2 e')], [false, false, true])
  assert.is(table.state, 'stale')
  storm = false
  await until(() => table.state === 'live', 'live')
  assert.equal(sorted(table), sorted(kernel.entries()))
})

storms.run()
