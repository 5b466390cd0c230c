import { type ChangeBatch, LiveTable, openTableAs } from '@rtnl/live-table'
import { ClosedError } from '@rtnl/netlink-core'
import { turnsOf } from '@rtnl/netlink-core/testing'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import { makeKernel, rejection, type Thing, thing, thingDefinition, turns } from '../../notifier/test/things.ts'
import { byKey, Follower, type Place } from './follow.ts'

const reselect = suite('a table that comes to show other entries')

interface Selection extends Place {
  /** Shows the things of this port from now on. */
  show(port: number): Promise<void>
}

/** A table of which the things of one port are shown, those of port 1 at first. */
async function withSelection(run: (selection: Selection) => Promise<void>): Promise<void> {
  const { kernel, table } = makeKernel()
  let shownPort = 1
  const live = await openTableAs(thingDefinition, (place) => new LiveTable(place, ({ port }) => port === shownPort), {
    transports: kernel,
  })
  const show = (port: number): Promise<void> => {
    shownPort = port
    return live.reselect()
  }
  try {
    await run({ kernel, table, live, show })
  } finally {
    live.close()
  }
}

function at(port: number, id: number, label?: string): Thing {
  return { ...thing(id, label), port }
}

function ofPort(entries: Iterable<Thing>, wanted: number): Thing[] {
  return [...entries].filter(({ port }) => port === wanted)
}

reselect('tells what is shown no more and what is shown now', () =>
  withSelection(async ({ table, live, show }) => {
    for (const entry of [at(1, 1), at(1, 2), at(2, 3), at(3, 4)]) table.put(entry)
    await live.waitForSync()
    const follower = new Follower(live)
    await turns()
    await show(2)
    await turns()
    table.put(at(2, 1))
    table.put(at(1, 3))
    await live.waitForSync()
    await turns()
    assert.equal(follower.lines, [
      'dump added 1, added 2',
      'synced (dump)',
      'inferred removed 1, removed 2, added 3',
      'notification added 1, removed 3',
    ])
    assert.equal(byKey(live), [['1', at(2, 1)]])
    assert.is(live.size, 1)
    assert.equal(live.get({ id: 1 }), at(2, 1))
    assert.is(live.get({ id: 2 }), undefined)
    assert.is(live.relists, 1)
  }),
)

reselect('tells nothing where the answers are as before', () =>
  withSelection(async ({ table, live, show }) => {
    table.put(at(1, 1))
    await live.waitForSync()
    const follower = new Follower(live)
    await turns()
    await show(1)
    await show(2)
    await show(2)
    await turns()
    assert.equal(follower.lines, ['dump added 1', 'synced (dump)', 'inferred removed 1'])
  }),
)

const id = fc.nat(20)
const port = fc.integer({ min: 1, max: 3 })
const events = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ what: fc.constant('put' as const), id, port, label: fc.nat(2).map(String) }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('delete' as const), id }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('silently' as const), id, port }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('resync' as const) }) },
    { weight: 4, arbitrary: fc.record({ what: fc.constant('show' as const), port }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('turns' as const), count: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('follow' as const) }) },
  ),
  { maxLength: 60 },
)

reselect('folds to what is shown, whatever happens in whatever order', () =>
  fc.assert(
    fc.asyncProperty(events, (happening) =>
      withSelection(async ({ table, live, show }) => {
        const followers = [new Follower(live)]
        const work: Promise<void>[] = []
        let shownPort = 1
        for (const event of happening) {
          if (event.what === 'put') table.put(at(event.port, event.id, event.label))
          else if (event.what === 'delete') table.delete(String(event.id))
          else if (event.what === 'silently') table.putSilently(at(event.port, event.id))
          else if (event.what === 'resync') work.push(live.resync())
          else if (event.what === 'turns') await turns(event.count)
          else if (event.what === 'follow') followers.push(new Follower(live))
          else {
            shownPort = event.port
            work.push(show(shownPort))
          }
        }
        await Promise.all(work)
        await live.resync()
        const wanted = byKey(ofPort(table.entries.values(), shownPort))
        assert.equal(byKey(live), wanted)
        assert.is(live.size, wanted.length)
        live.close()
        for (const { ended, fold } of followers) {
          await ended
          assert.equal(fold.sorted, wanted)
        }
      }),
    ),
    { numRuns: tries(300, 2) },
  ),
)

reselect('of very many entries lets the event loop run, and misses nothing that changes meanwhile', () =>
  withSelection(async ({ table, live, show }) => {
    for (let id = 0; id < 30_000; id++) table.putSilently(at(1 + (id % 2), id))
    await live.resync()
    const follower = new Follower(live)
    let round = 0
    const turnsTaken = await turnsOf(
      () => show(2),
      () => {
        round++
        for (let id = round; id < 30_000; id += 3000) {
          if (round % 3 === 0) table.delete(String(id))
          else table.put(at(1 + (round % 2), id, String(round)))
        }
      },
    )
    assert.ok(turnsTaken >= 5, `${turnsTaken} turns of the event loop`)
    await live.waitForSync()
    const wanted = byKey(ofPort(table.entries.values(), 2))
    assert.equal(byKey(live), wanted)
    live.close()
    await follower.ended
    assert.equal(follower.fold.sorted, wanted)
    const inferred = (batch: ChangeBatch<Thing>): boolean => batch.cause === 'inferred'
    assert.ok(follower.batches.some(inferred))
  }),
)

reselect('of a closed table is refused', () =>
  withSelection(async ({ live, show }) => {
    live.close()
    assert.instance(await rejection(show(2)), ClosedError)
  }),
)

reselect.run()
