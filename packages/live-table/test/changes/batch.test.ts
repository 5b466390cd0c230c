import type { Change, ChangeBatch } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Thing, thing, turns } from '../../../notifier/test/things.ts'
import { Follower, withTable } from '../follow.ts'

const batches = suite('batches of changes')

/** The type checker refuses these functions unless `kind` narrows a change, `event` narrows a batch, and all of them are named. */
function describe(batch: ChangeBatch<Thing>): string {
  switch (batch.event) {
    case 'change':
      return `${batch.cause} ${batch.changes.map(describeChange).join(' ')}`
    case 'synced': {
      const cause: 'dump' = batch.cause
      return `synced ${cause} ${batch.entries}`
    }
    case 'resync': {
      const cause: 'inferred' | 'resync' = batch.cause
      return `resync ${cause} ${batch.reason.toUpperCase()}`
    }
    case 'incomplete': {
      const cause: 'resync' = batch.cause
      return `incomplete ${cause} ${batch.reason.toUpperCase()}`
    }
  }
}

function describeChange(change: Change<Thing>): string {
  switch (change.kind) {
    case 'added':
      return `+${change.entry.id}`
    case 'changed':
      return `${change.old.label}>${change.entry.label}`
    case 'removed':
      return `-${change.entry.id}`
  }
}

batches('event tells batches apart, for the type checker too', () =>
  withTable(async ({ kernel, table, live }) => {
    table.putSilently(thing(7))
    await live.resync()
    const follower = new Follower(live)
    await turns()
    table.put(thing(1, 'a'))
    table.put(thing(1, 'b'))
    table.delete('1')
    await live.waitForSync()
    await turns()
    kernel.overrun()
    await live.waitForSync()
    await turns()
    assert.equal(follower.batches.map(describe), [
      'dump +7',
      'synced dump 1',
      'notification +1 a>b -1',
      'resync resync OVERRUN',
    ])
    // A batch is a plain value, which may go to another thread.
    assert.equal(structuredClone(follower.batches), follower.batches)
  }),
)

batches('what an event lacks has no type', () => {
  const change: ChangeBatch<Thing> = { event: 'change', table: 'thing', cause: 'dump', changes: [], entries: 0 }
  // @ts-expect-error only a resync and an incomplete table have a reason
  const reasoned: ChangeBatch<Thing> = { ...change, reason: 'overrun' }
  // @ts-expect-error a resync has no changes: they come before
  const resync: ChangeBatch<Thing> = { ...change, event: 'resync', cause: 'resync', changes: [{}], reason: 'overrun' }
  // @ts-expect-error a resync has a reason
  const unreasoned: ChangeBatch<Thing> = { ...change, event: 'resync', cause: 'resync', changes: [] }
  // @ts-expect-error there is no such event
  const unknown: ChangeBatch<Thing> = { ...change, event: 'begun' }
  assert.equal([reasoned.event, resync.event, unreasoned.event, unknown.event], ['change', 'resync', 'resync', 'begun'])
})

batches('changes of different causes that nobody has taken yet are batches of their own, in their order', () =>
  withTable(async ({ table, live }) => {
    const stream = live.changes({ initial: false })
    // The stream begins when somebody asks for the first batch.
    const first = stream.next()
    table.put(thing(9))
    await first
    table.put(thing(1))
    table.put(thing(2))
    await live.waitForSync()
    table.putSilently(thing(3))
    await live.resync()
    table.put(thing(4))
    await live.waitForSync()
    const seen: string[] = []
    while (seen.length < 4) {
      const { value } = await stream.next()
      assert.ok(value)
      seen.push(describe(value))
    }
    assert.equal(seen, ['notification +1 +2', 'resync +3', 'resync resync REQUESTED', 'notification +4'])
    await stream.return()
  }),
)

batches.run()
