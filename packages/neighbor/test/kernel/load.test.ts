// timeout: 600
// serial
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { LiveTable } from '@rtnl/live-table'
import { dumpFdb, dumpNeighbors, FdbTable, type Neighbor, NeighborTable } from '@rtnl/neighbor'
import type { Connection } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fold, gather, sorted, turn } from '../support/fold.ts'
import { batch, inNetns } from '../support/netns.ts'
import { forwarding, usable } from '../support/shown.ts'

const load = suite('tables under load')

/** So many that their dump takes some time: a change in its midst is what is wanted. */
const count = 3000

const tablesAtOnce = 40

/**
 * Changes a table by a tool that runs beside this process, and opens tables meanwhile: the changes go on, round after
 * round, until two tables were opened in the midst of them. Each table is compared with a dump at the end.
 */
async function assertExact(
  netns: string,
  tool: string,
  rounds: { each: readonly string[]; last: readonly string[] },
  open: () => Promise<LiveTable<Neighbor>>,
  dump: (connection: Connection) => Promise<Neighbor[]>,
): Promise<void> {
  const child = spawn(tool, ['-n', netns, '-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
  const exit = once(child, 'exit')
  const tables: LiveTable<Neighbor>[] = []
  let opened = 0
  let over = false
  const change = async (commands: readonly string[]): Promise<void> => {
    // More than the pipe takes, so it is free again only when the tool has carried out most of them.
    if (!child.stdin.write(`${commands.join('\n')}\n`)) await once(child.stdin, 'drain')
  }
  const changes = async (): Promise<void> => {
    for (let round = 0; round < 6 || opened < 2; round++) await change(rounds.each)
    await change(rounds.last)
    child.stdin.end()
    assert.is((await exit)[0], 0)
    over = true
  }
  const openings = async (): Promise<void> => {
    while (!over) {
      tables.push(await open())
      opened++
      // What an early one has wrong, the rounds that are to come make good in part.
      if (tables.length > tablesAtOnce) tables.shift()?.close()
    }
  }
  await Promise.all([changes(), openings()])
  for (const table of tables) await table.waitForSync()
  const expected = sorted(await dump(tables[0]!.notifier.connection))
  assert.ok(expected.length >= count)
  for (const table of tables) assert.equal(sorted(table), expected)
  for (const table of tables) table.close()
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
    await assertExact(
      netns,
      'bridge',
      { each: round, last: [] },
      () => FdbTable.open({ netns }),
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
    await assertExact(
      netns,
      'ip',
      { each: round, last: [...later.map(add), ...changed] },
      () => NeighborTable.open({ netns }),
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
    await table.waitForSync()
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
