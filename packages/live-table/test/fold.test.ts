import { type ChangeBatch, openTable } from '@rtnl/live-table'
import { messageBytes, readSlowly } from '@rtnl/netlink-core/testing'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import {
  brokenThing,
  makeKernel,
  THING_GROUP,
  type Thing,
  thing,
  thingMessage,
  turns,
} from '../../notifier/test/things.ts'
import { byKey, drain, Fold, withTable } from './follow.ts'
import { BELL, bellDefinition as definition } from './support/bell.ts'

const folding = suite('folding the changes')

const id = fc.nat(12)
const label = fc.nat(3).map(String)

/** What may happen, in any order. Ports are 1 to 3, so that a filter of 0 asks for all. */
const events = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ what: fc.constant('put' as const), id, label }) },
    { weight: 4, arbitrary: fc.record({ what: fc.constant('delete' as const), id }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('silently' as const), id, label: fc.option(label) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('overrun', 'truncated', 'malformed', 'resync') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        what: fc.constantFrom('hold', 'resume'),
        purpose: fc.constantFrom('dump', 'notification'),
      }),
    },
    { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('interrupt', 'settle') }) },
    { weight: 4, arbitrary: fc.record({ what: fc.constant('turns' as const), count: fc.nat(6) }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('read' as const) }) },
  ),
  { maxLength: 60 },
)

for (const dumps of ['stable', 'racy'] as const) {
  folding(`gives the table, whatever happens: ${dumps}`, () =>
    fc.assert(
      fc.asyncProperty(events, async (happening) => {
        const { kernel, table } = makeKernel()
        table.wanted = (entry, filter) => filter.port === 0 || entry.port === filter.port
        table.dumping = { chunk: 2 }
        for (const number of [1, 2, 3]) table.putSilently({ ...thing(number, 'first'), port: 1 + (number % 3) })
        const live = await openTable({ ...definition, dumps }, { transports: kernel })
        const stream = live.changes()
        const fold = new Fold()
        let next: Promise<IteratorResult<ChangeBatch<Thing>, void>> | undefined
        let arrived: IteratorResult<ChangeBatch<Thing>, void> | undefined
        /** Takes what is there, and leaves at most one call waiting. */
        const read = async (): Promise<void> => {
          while (true) {
            next ??= stream.next()
            next.then((result) => {
              arrived = result
            })
            await turns(1)
            if (arrived === undefined) return
            for (const change of arrived.value?.changes ?? []) fold.apply(change)
            next = arrived = undefined
          }
        }
        for (const event of happening) {
          if (event.what === 'put' && 'label' in event) {
            table.put({ ...thing(event.id, event.label ?? ''), port: 1 + (event.id % 3) })
          } else if (event.what === 'delete' && 'id' in event) table.delete(String(event.id))
          else if (event.what === 'silently' && 'label' in event) {
            const port = 1 + (event.id % 3)
            if (event.label === null) table.deleteSilently(String(event.id))
            else table.putSilently({ ...thing(event.id, event.label), port })
            kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: BELL }, { port }))
          } else if (event.what === 'overrun') kernel.overrun()
          else if (event.what === 'truncated') kernel.truncated()
          else if (event.what === 'malformed') kernel.notify(THING_GROUP, brokenThing())
          else if (event.what === 'resync') live.resync().catch(() => {})
          else if ('purpose' in event) {
            const purpose = event.purpose as 'dump' | 'notification'
            if (event.what === 'hold') kernel.hold(purpose)
            else kernel.resume(purpose)
          } else if (event.what === 'interrupt') table.dumping = { chunk: 2, interrupted: 'done' }
          else if (event.what === 'settle') table.dumping = { chunk: 2 }
          else if (event.what === 'turns' && 'count' in event) await turns(event.count)
          else await read()
        }
        kernel.resume('dump')
        kernel.resume('notification')
        table.dumping = { chunk: 2 }
        await live.waitForSync()
        await read()
        assert.is(live.state, 'live')
        assert.equal(byKey(live), byKey(table.entries.values()), 'the table is that of the kernel')
        assert.equal(fold.sorted, byKey(live), 'the fold is the table')
        live.close()
        await stream.return()
        assert.equal(kernel.sockets(), [])
      }),
      { numRuns: tries(150, 2) },
    ),
  )
}

folding('the first content and changes meanwhile tell every entry once', () =>
  withTable(async ({ table, live }) => {
    for (let number = 0; number < 5000; number++) table.put(thing(number, 'first'))
    await live.waitForSync()
    const fold = new Fold()
    const stream = live.changes()
    for (let slice = 0; slice < 3; slice++) {
      const { value } = await stream.next()
      for (const change of value?.changes ?? []) fold.apply(change)
    }
    assert.is(fold.entries.size, 3 * 1024)
    // Told and not yet told ones change, go, come, and come back where others were.
    for (let number = 0; number < 5000; number += 3) table.put(thing(number, 'second'))
    for (let number = 0; number < 5000; number += 5) table.delete(String(number))
    for (let number = 5000; number < 5500; number++) table.put(thing(number, 'third'))
    for (let number = 0; number < 5000; number += 10) table.put(thing(number, 'back'))
    await live.waitForSync()
    live.close()
    const batches = await drain(stream, fold)
    assert.equal(fold.sorted, byKey(table.entries.values()))
    assert.is(batches.filter(({ event }) => event === 'synced').length, 1)
  }),
)

folding('the event loop runs between the batches of a large table, though the next is always ready', () =>
  withTable(async ({ table, live }) => {
    for (let id = 0; id < 20_000; id++) table.put(thing(id))
    await live.waitForSync()
    async function* content(): AsyncGenerator<ChangeBatch<Thing>> {
      for await (const batch of live.changes()) {
        if (batch.event === 'synced') return
        yield batch
      }
    }
    const { batches, turns } = await readSlowly(content())
    assert.ok(batches >= 10 && turns >= batches / 3 - 1, `${turns} turns of the event loop in ${batches} batches`)
  }),
)

folding.run()
