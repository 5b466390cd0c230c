// timeout: 900

import { openTable } from '@rtnl/live-table'
import { dumpNexthops, type Nexthop, NexthopTable, nexthopDefinition } from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fold, sorted } from '../support/fold.ts'
import { ip, ipNexthops, makeNetns, play } from '../support/ip.ts'
import { nexthops, scenarios } from '../support/scenarios.ts'

const scenario = suite('nexthop scenarios')

async function dump(table: NexthopTable): Promise<Nexthop[]> {
  const entries: Nexthop[] = []
  for await (const batch of dumpNexthops(table.notifier.connection)) entries.push(...batch)
  return entries
}

function assertIndexed(table: NexthopTable): void {
  const users = new Map<number, number[]>()
  for (const { id, group = [] } of sorted(table)) {
    for (const member of group) users.set(member.id, [...(users.get(member.id) ?? []), id ?? 0])
  }
  for (let id = 1; id < 40; id++) assert.equal(table.usedBy(id), users.get(id) ?? [], `groups that use ${id}`)
}

scenario.before(() => {
  ip('netns add elsewhere')
})

for (const [number, [name, steps]] of Object.entries(scenarios).entries()) {
  scenario(name, async () => {
    const netns = `scenario${number}`
    await makeNetns(netns)
    const table = await NexthopTable.open({ netns })
    try {
      const fold = new Fold(table)
      await play(netns, [...nexthops, ...steps])
      await table.waitForSync()
      // Lets the reader have what is ready for it.
      await new Promise((resolve) => setTimeout(resolve, 0))
      const expected = sorted(await dump(table))
      assert.equal(sorted(table), expected, 'table and dump')
      assert.equal(fold.sorted(), expected, 'fold and dump')
      assert.equal(ipNexthops(netns), expected, 'ip and dump')
      assert.is(table.size, expected.length)
      assertIndexed(table)
      table.close()
      await fold.done
    } finally {
      table.close()
      ip(`netns del ${netns}`)
    }
  })
}

scenario('without its triggers the table is wrong after a link went down', async () => {
  await makeNetns('untriggered')
  const table = await openTable({ ...nexthopDefinition, triggers: [] }, { netns: 'untriggered' })
  try {
    await play('untriggered', [...nexthops, ...scenarios['link down']!])
    await table.waitForSync()
    const ids = sorted(table).map(({ id }) => id)
    assert.equal(ids, [1, 2, 3, 4, 6, 7, 11, 12, 13, 14, 15, 16])
    assert.equal(
      ipNexthops('untriggered').map(({ id }) => id),
      [2, 4, 7, 11, 13, 15],
    )
  } finally {
    table.close()
  }
})

scenario('the cause of a change tells how it was learned', async () => {
  await makeNetns('causes')
  // Here the other end would lose its carrier too, and that may be told during the reading.
  ip('-n causes link set p0 netns elsewhere')
  ip('-n elsewhere link set p0 up')
  await play('causes', ['state v0 UP', ...nexthops])
  const table = await NexthopTable.open({ netns: 'causes' })
  try {
    const fold = new Fold(table)
    await play('causes', ['nexthop del id 4', 'link set v0 down'])
    await table.waitForSync()
    await new Promise((resolve) => setTimeout(resolve, 0))
    const told: { what: string; kinds: string[] }[] = []
    for (const { event, cause, reason = '', changes } of fold.batches) {
      const what = `${event} ${cause} ${reason}`.trim()
      // What is removed together may be told in two batches.
      if (event !== 'change' || told.at(-1)?.what !== what) told.push({ what, kinds: [] })
      if (cause !== 'dump') told.at(-1)?.kinds.push(...changes.map(({ kind, key }) => `${kind} ${key}`))
    }
    for (const { kinds } of told) kinds.sort()
    const inferred = ['changed 11', 'changed 15', ...[1, 12, 14, 16, 3, 6].map((id) => `removed ${id}`)]
    assert.equal(told, [
      { what: 'change dump', kinds: [] },
      { what: 'synced dump', kinds: [] },
      { what: 'change notification', kinds: ['removed 13', 'removed 4'] },
      { what: 'change inferred', kinds: inferred },
      { what: 'resync inferred link', kinds: [] },
    ])
  } finally {
    table.close()
  }
})

scenario('a link that no nexthop uses costs no reading', async () => {
  await makeNetns('unused')
  await play('unused', nexthops)
  const table = await NexthopTable.open({ netns: 'unused' })
  try {
    const before = table.relists
    await play('unused', ['link set v2 down', 'link set v2 up', 'link set v0 alias used'])
    await table.waitForSync()
    assert.is(table.relists, before)
    await play('unused', ['link set v0 down'])
    await table.waitForSync()
    assert.ok(table.relists > before)
  } finally {
    table.close()
  }
})

scenario.run()
