import { ClosedError } from '@rtnl/netlink-core'
import { turnsOf } from '@rtnl/netlink-core/testing'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import { rejection, type Thing, thing } from '../../notifier/test/things.ts'
import { byKey, withTable } from './follow.ts'

const snapshots = suite('snapshot of a live table')

const id = fc.nat(3_499)
const event = fc.oneof(
  fc.record({ what: fc.constant('put' as const), id, label: fc.nat(9).map(String) }),
  fc.record({ what: fc.constant('delete' as const), id }),
)

snapshots('is the table as it is in the end, whatever changes while the event loop runs', () =>
  fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 100, maxLength: 400 }), async (events) =>
      withTable(async ({ table, live }) => {
        for (let id = 0; id < 3_000; id++) table.put(thing(id))
        await live.waitForSync()
        const left = events.values()
        const change = (): void => {
          for (const { value, done } of Array.from({ length: 20 }, () => left.next())) {
            if (done === true) return
            if (value.what === 'put') table.put(thing(value.id, value.label))
            else table.delete(String(value.id))
          }
        }
        let found: Thing[] = []
        let shown: Thing[] = []
        const turns = await turnsOf(async () => {
          found = await live.snapshot()
          shown = [...live]
        }, change)
        assert.equal(byKey(found), byKey(shown))
        assert.ok(turns >= 15, `${turns} turns of the event loop`)
      }),
    ),
    { numRuns: tries(50, 2) },
  ),
)

snapshots('of a table that is closed meanwhile there is none', () =>
  withTable(async ({ table, live }) => {
    for (let id = 0; id < 1_000; id++) table.put(thing(id))
    await live.waitForSync()
    let error: unknown
    await turnsOf(
      async () => {
        error = await rejection(live.snapshot())
      },
      () => live.close(),
    )
    assert.instance(error, ClosedError)
    assert.instance(await rejection(live.snapshot()), ClosedError)
  }),
)

snapshots.run()
