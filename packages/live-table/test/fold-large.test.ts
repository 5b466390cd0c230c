// runtimes: node
// What is large takes the same way on each runtime, and the time of all.
import { messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { THING_GROUP, thing, thingMessage, turns } from '../../notifier/test/things.ts'
import { byKey, drain, Fold, withTable } from './follow.ts'
import { BELL, bellDefinition as definition } from './support/bell.ts'

const folding = suite('folding very many changes')

folding('a reader that does not come: changes of an entry are merged, and fold to the table', () =>
  withTable(async ({ kernel, table, live }) => {
    const fold = new Fold()
    const stream = live.changes()
    await stream.next()
    for (let round = 0; round < 80; round++) {
      for (let number = 0; number < 1000; number++) table.put(thing(number, String(round)))
      await turns(2)
    }
    for (let number = 0; number < 1000; number += 2) table.delete(String(number))
    kernel.overrun()
    await live.waitForSync()
    live.close()
    const batches = await drain(stream, fold)
    assert.equal(fold.sorted, byKey(table.entries.values()))
    assert.ok(batches.reduce((sum, { changes }) => sum + changes.length, 0) < 80_000)
    assert.is(batches.filter(({ event }) => event === 'resync').length, 1)
  }),
)

folding('a reader that does not come is told of a loss, also where other resyncs followed', () =>
  withTable(async ({ kernel, table, live }) => {
    const stream = live.changes()
    await stream.next()
    kernel.overrun()
    await live.waitForSync()
    kernel.notify(THING_GROUP, messageBytes(thingMessage, { type: BELL }, { port: 1 }))
    await live.waitForSync()
    for (let round = 0; round < 33_000; round++) {
      table.put(thing(1))
      table.delete('1')
      if (round % 5000 === 0) await turns(2)
    }
    await live.waitForSync()
    live.close()
    const batches = await drain(stream, new Fold())
    const resyncs = batches.flatMap(({ event, cause, reason }) => (event === 'resync' ? [`${cause} ${reason}`] : []))
    assert.equal(resyncs, ['resync overrun', 'inferred bell'])
  }, definition),
)

folding('150,000 entries for a reader that does not come cost little more each than one', () =>
  withTable(async ({ table, live }) => {
    const fold = new Fold()
    const stream = live.changes()
    await stream.next()
    const start = process.cpuUsage()
    for (let number = 0; number < 150_000; number++) {
      table.put(thing(number, 'x'))
      if (number % 5000 === 0) await turns(2)
    }
    await live.waitForSync()
    live.close()
    await drain(stream, fold)
    assert.is(fold.entries.size, 150_000)
    const { user, system } = process.cpuUsage(start)
    assert.ok(user + system < 30_000_000, `${user + system} µs of the processor`)
  }),
)

folding('what is merged to nothing does not end the stream', () =>
  withTable(async ({ table, live }) => {
    const fold = new Fold()
    const stream = live.changes()
    await stream.next()
    for (let round = 0; round < 33_000; round++) {
      table.put(thing(1))
      table.delete('1')
      if (round % 5000 === 0) await turns(2)
    }
    await live.waitForSync()
    const next = stream.next()
    await turns()
    table.put(thing(2))
    await live.waitForSync()
    live.close()
    for (const change of (await next).value?.changes ?? []) fold.apply(change)
    await drain(stream, fold)
    assert.equal(fold.sorted, byKey([thing(2)]))
  }),
)

folding.run()
