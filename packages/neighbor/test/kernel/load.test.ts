// timeout: 600
// serial
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dumpFdb, dumpNeighbors, FdbTable, type Neighbor, NeighborTable } from '@rtnl/neighbor'
import type { Connection } from '@rtnl/netlink-core'
import { type LiveTable, Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fold, gather, sorted, turn } from '../support/fold.ts'
import { batch, inNetns } from '../support/netns.ts'
import { forwarding, usable } from '../support/shown.ts'

const load = suite('tables under load')

const count = 3000

/** Runs a batch of a tool beside this process. */
async function beside(tool: string, netns: string, commands: readonly string[]): Promise<void> {
  const child = spawn(tool, ['-n', netns, '-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin.end(`${commands.join('\n')}\n`)
  const [status] = await once(child, 'exit')
  assert.is(status, 0)
}

/** Opens tables as long as `changes` go on, and compares each with a dump at the end. */
async function assertExact(
  netns: string,
  open: (notifier: Notifier) => Promise<LiveTable<Neighbor>>,
  changes: Promise<void>,
  dump: (connection: Connection) => Promise<Neighbor[]>,
): Promise<void> {
  await using notifier = await Notifier.open({ netns })
  const tables: LiveTable<Neighbor>[] = []
  let over = false
  const ended = changes.then(() => {
    over = true
  })
  while (!over && tables.length < 100) tables.push(await open(notifier))
  await ended
  assert.ok(tables.length > 1, 'the changes were over before a table was open')
  for (const table of tables) await table.fresh()
  const expected = sorted(await dump(notifier.connection))
  assert.ok(expected.length >= count)
  for (const table of tables) assert.equal(sorted(table), expected)
}

const numbers = Array.from({ length: count }, (_, n) => n)

function mac(n: number): string {
  return `02:bb:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`
}

load('entries of a bridge that are read while others come and go', () =>
  inNetns(async (netns) => {
    batch('ip', netns, ['link set v1 master br0', 'link set v2 master br0'])
    const add = (n: number): string => `fdb add ${mac(n)} dev v${1 + (n & 1)} master static`
    const others = numbers.map((n) => n + 0x8000)
    // A dump begins with what was added last: what goes of that makes it miss what was there before.
    batch('bridge', netns, [...numbers, ...others].map(add))
    const round = [...others.map((n) => `fdb del ${mac(n)} dev v${1 + (n & 1)} master`), ...others.map(add)]
    const changes = beside('bridge', netns, [...round, ...round, ...round])
    await assertExact(
      netns,
      (notifier) => FdbTable.open({ notifier }),
      changes,
      async (connection) => forwarding(await gather(dumpFdb(connection))),
    )
  }),
)

load('neighbours that are read while others come and go', () =>
  inNetns(async (netns) => {
    const address = (n: number): string => `10.${64 + (n >> 14)}.${(n >> 8) & 63}.${n & 255}`
    const add = (n: number): string => `neigh add ${address(n)} lladdr ${mac(n & 0xffff)} dev v0 nud permanent`
    batch('ip', netns, numbers.map(add))
    const others = numbers.map((n) => n + 0x4000)
    const round = [...others.map(add), ...others.map((n) => `neigh del ${address(n)} dev v0`)]
    const later = numbers.map((n) => n + 0x8000)
    const changed = later.map((n) => `neigh change ${address(n)} lladdr ${mac(n)} dev v0`)
    const changes = beside('ip', netns, [...round, ...round, ...later.map(add), ...changed])
    await assertExact(
      netns,
      (notifier) => NeighborTable.open({ notifier }),
      changes,
      async (connection) => usable(await gather(dumpNeighbors(connection))),
    )
  }),
)

load('changes that overrun the socket are found by reading again', () =>
  inNetns(async (netns) => {
    await using table = await FdbTable.open({ netns, receiveBuffer: 16_384, pendingLimit: 65_536 })
    const fold = new Fold(table)
    batch(
      'bridge',
      netns,
      numbers.map((n) => `fdb add ${mac(n)} dev vx0 dst 192.0.2.${n & 127} static`),
    )
    await table.fresh()
    await turn()
    const expected = sorted(forwarding(await gather(dumpFdb(table.notifier.connection))))
    assert.is(expected.filter(({ dst }) => dst !== undefined).length, count)
    assert.equal(sorted(table), expected)
    assert.equal(sorted(fold.entries.values()), expected)
    assert.ok(fold.batches.some(({ event, reason }) => event === 'resync' && reason === 'overrun'))
    table.close()
    await fold.done
  }),
)

load.run()
