// timeout: 900
// runtimes: node
import { patience } from '@rtnl/compliance'
import { dumpNexthops, type Nexthop, NexthopTable } from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fold, sorted } from '../support/fold.ts'
import { ip, ipBatch, ipNexthops } from '../support/ip.ts'

const load = suite('nexthops under load')

const changes = 20_000
/** The socket of an ordinary user may hold no more than some 500 messages. */
const changesAtOnce = 200

/**
 * 20,000 changes that leave 5000 nexthops. The event loop is blocked meanwhile, for 2 seconds at least.
 * @param made is called with the number of changes so far
 */
function changeWhileBlocked(netns: string, made: (count: number) => void = () => {}): void {
  const until = performance.now() + 2000
  const ids = Array.from({ length: changes / 4 }, (_, index) => index + 1)
  const commands = [
    ...ids.map((id) => `nexthop add id ${id} via 192.0.2.1 fdb`),
    ...ids.map((id) => `nexthop replace id ${id} via 192.0.2.2 fdb`),
    ...ids.map((id) => `nexthop del id ${id}`),
    ...ids.map((id) => `nexthop add id ${id} via 192.0.2.${(id % 250) + 1} fdb`),
  ]
  for (let count = 0; count < changes; ) {
    ipBatch(netns, commands.slice(count, count + changesAtOnce))
    count += changesAtOnce
    made(count)
  }
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.max(until - performance.now(), 0))
}

async function assertExact(table: NexthopTable, fold: Fold, netns: string): Promise<void> {
  await table.waitForSync()
  await new Promise((resolve) => setTimeout(resolve, 0))
  const dump: Nexthop[] = []
  for await (const batch of dumpNexthops(table.notifier.connection)) dump.push(...batch)
  assert.is(dump.length, changes / 4)
  assert.equal(sorted(table), sorted(dump))
  assert.equal(fold.sorted(), sorted(dump))
  assert.equal(ipNexthops(netns), sorted(dump))
}

load('20,000 changes during 2 seconds of a blocked event loop: all are told, in order', async () => {
  ip('netns add blocked')
  const table = await NexthopTable.open({ netns: 'blocked' })
  const fold = new Fold(table)
  const { connection } = table.notifier
  const before = connection.stats().datagrams
  changeWhileBlocked('blocked', (count) => {
    // They are taken from the socket by a thread.
    const end = performance.now() + patience
    while (connection.stats().datagrams - before < count && connection.stats().overruns === 0) {
      assert.ok(performance.now() < end, `${count} changes do not arrive`)
    }
  })
  await assertExact(table, fold, 'blocked')
  const { overruns, truncated, drops } = connection.stats()
  assert.equal({ overruns, truncated, drops }, { overruns: 0, truncated: 0, drops: 0 })
  const told = fold.batches.filter(({ cause }) => cause === 'notification').flatMap((batch) => batch.changes)
  assert.is(told.length, changes)
  assert.is(table.relists, 1)
  table.close()
  await fold.done
})

load('changes that overrun the socket are found by reading again', async () => {
  ip('netns add overrun')
  const table = await NexthopTable.open({ netns: 'overrun', receiveBuffer: 16_384, pendingLimit: 65_536 })
  const fold = new Fold(table)
  changeWhileBlocked('overrun')
  await assertExact(table, fold, 'overrun')
  assert.ok(table.notifier.connection.stats().overruns > 0)
  assert.ok(table.notifier.connection.counters.overruns > 0)
  assert.ok(fold.batches.some(({ event, reason }) => event === 'resync' && reason === 'overrun'))
  assert.is(table.state, 'live')
  table.close()
  await fold.done
})

load.run()
