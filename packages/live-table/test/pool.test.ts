import { type ChangeBatch, changesOf, type LiveTable, type TableView } from '@rtnl/live-table'
import type { NetlinkError } from '@rtnl/netlink-core'
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
import { byKey, Follower } from './follow.ts'
import { withNotifier } from './support/shared-table.ts'

const pool = suite('tables that share their rows')

pool('read it once, and the later one shows what the first one does', () =>
  withNotifier(async ({ table, notifier, open }) => {
    table.put(thing(1))
    const first = await open()
    table.put(thing(2))
    const second = await open()
    const follower = new Follower(second)
    table.put(thing(3))
    await second.waitForSync()
    await turns()
    assert.equal(follower.lines, ['dump added 1, added 2', 'synced (dump)', 'notification added 3'])
    assert.equal(byKey(first), byKey([thing(1), thing(2), thing(3)]))
    assert.equal(byKey(second), byKey(first))
    assert.is(second.relists, 1)
    assert.is(notifier.sinks, 1)
    first.close()
    assert.is(notifier.sinks, 1)
    second.close()
    assert.is(notifier.sinks, 0)
  }),
)

pool('show when they are open what happened before that was asked for, even if its notification is on its way', () =>
  withNotifier(async ({ kernel, table, open }) => {
    const first = await open()
    kernel.hold('notification')
    table.put(thing(1))
    const opening = open()
    await turns()
    kernel.resume('notification')
    const second = await opening
    assert.equal(byKey(second), byKey([thing(1)]))
    first.close()
    second.close()
  }),
)

pool('are one for those who open it while it is being read', () =>
  withNotifier(async ({ kernel, table, notifier, open }) => {
    table.put(thing(1))
    kernel.hold('dump')
    const openings = [open(), open(), open()]
    await turns()
    assert.is(notifier.sinks, 1)
    kernel.resume('dump')
    const tables = await Promise.all(openings)
    for (const each of tables) assert.equal(byKey(each), byKey([thing(1)]))
    assert.is(tables[0]?.relists, 1)
    for (const each of tables) each.close()
    assert.is(notifier.sinks, 0)
  }),
)

pool('go on being opened for those who wait when another one gives up', () =>
  withNotifier(async ({ kernel, notifier, open }) => {
    for (const isFirst of [true, false]) {
      const abort = new AbortController()
      const reason = new Error('enough')
      kernel.hold('dump')
      const patient = (): Promise<LiveTable<Thing>> => open()
      const impatient = (): Promise<unknown> => rejection(open({ signal: abort.signal }))
      const [one, other] = isFirst ? [impatient(), patient()] : [patient(), impatient()]
      await turns()
      abort.abort(reason)
      await turns()
      assert.is(await (isFirst ? one : other), reason)
      kernel.resume('dump')
      const live = (await (isFirst ? other : one)) as LiveTable<Thing>
      assert.is(live.state, 'live')
      live.close()
      assert.is(notifier.sinks, 0)
    }
  }),
)

pool('are given up with the last one who waits', () =>
  withNotifier(async ({ kernel, notifier, open }) => {
    const aborts = [new AbortController(), new AbortController()]
    kernel.hold('dump')
    const openings = aborts.map(({ signal }) => rejection(open({ signal })))
    await turns()
    for (const [index, abort] of aborts.entries()) abort.abort(index)
    assert.equal(await Promise.all(openings), [0, 1])
    assert.is(notifier.sinks, 0)
    kernel.resume('dump')
    const live = await open()
    assert.is(live.state, 'live')
    live.close()
  }),
)

pool('that cannot be read are refused to all who wait, and read anew for the next one', () =>
  withNotifier(async ({ kernel, notifier, open }) => {
    const other = makeKernel().kernel
    let refuses = true
    let readings = 0
    kernel.on(ThingType.GET, () => {
      readings++
      return refuses ? answer.error(95) : answer.dump(thingDefinition.message, ThingType.NEW, [thing(1)])
    })
    const errors = await Promise.all([rejection(open()), rejection(open())])
    for (const error of errors) assert.is((error as NetlinkError).errno, 95)
    assert.is(readings, 1)
    assert.is(notifier.sinks, 0)
    refuses = false
    const live = await open()
    assert.equal(byKey(live), byKey([thing(1)]))
    live.close()
    assert.equal(other.sockets(), [])
  }),
)

pool('tell all their streams of a resync that one asks for', () =>
  withNotifier(async ({ table, open }) => {
    const [first, second] = [await open(), await open()]
    const followers = [new Follower(first), new Follower(second)]
    await turns()
    table.putSilently(thing(1))
    await first.resync()
    await turns()
    for (const { lines } of followers) {
      assert.equal(lines, ['synced (dump)', 'resync added 1', 'resync requested (resync)'])
    }
    first.close()
    second.close()
  }),
)

pool('share what is made of their entries', () =>
  withNotifier(async ({ table, open }) => {
    let made = 0
    const idsOf = (view: TableView<Thing>): ReadonlySet<number> => {
      made++
      const ids = new Set(Array.from(view, ({ id = 0 }) => id))
      view.observe((old, next) => {
        if (next === undefined) ids.delete(old?.id ?? 0)
        else ids.add(next.id ?? 0)
      })
      return ids
    }
    table.put(thing(1))
    const [first, second] = [await open(), await open()]
    assert.is(first.index(idsOf), second.index(idsOf))
    first.close()
    table.put(thing(2))
    await second.waitForSync()
    assert.equal([...second.index(idsOf)], [1, 2])
    assert.is(made, 1)
    second.close()
  }),
)

pool('are told once by the changes of two of them, which end with either', () =>
  withNotifier(async ({ table, notifier, open }) => {
    for (const closed of [0, 1]) {
      const tables = [await open(), await open()]
      const batches: ChangeBatch<unknown>[] = []
      const reading = (async () => {
        for await (const batch of changesOf(tables)) batches.push(batch)
      })()
      await turns()
      table.put(thing(closed))
      await tables[1 - closed]?.waitForSync()
      await turns()
      tables[closed]?.close()
      await reading
      assert.equal(
        batches.map(({ event }) => event),
        closed === 0 ? ['synced', 'change'] : ['change', 'synced', 'change'],
      )
      tables[1 - closed]?.close()
      assert.is(notifier.sinks, 0)
    }
  }),
)

pool.run()
