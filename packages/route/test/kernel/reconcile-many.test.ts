// timeout: 900
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sampled, tries } from '@rtnl/compliance'
import { type Route, RouteTable } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holdsAll } from '../support/fold.ts'
import { consecutive, inNetns, ownership, shownTable, sync } from '../support/owned.ts'

const many = suite('many routes of ours')

/** An address as a number, for its order. */
function numberOf({ dst = '' }: Route): number {
  return dst.split(/[./]/, 4).reduce((sum, part) => sum * 256 + Number(part), 0)
}

many('are not removed in the order of their prefixes, which the kernel punishes', () =>
  inNetns(async (netns) => {
    const count = tries(20_000)
    await sync(netns, consecutive(count, '10.0.0.2'))
    const table = await RouteTable.open({ netns, table: ownership.table })
    assert.is(table.size, count)
    const order: number[] = []
    table.observe((old, next) => {
      if (old !== undefined && next === undefined) order.push(numberOf(old))
    })
    const { removed } = await sync(netns, [])
    await table.waitForSync()
    const isOrderTold = holdsAll(table)
    table.close()
    assert.equal([removed, order.length, new Set(order).size], [count, count, count])
    if (!isOrderTold) return
    let neighbours = 0
    let run = 1
    let longest = 1
    for (const [index, prefix] of order.entries()) {
      const before = order[index - 1] ?? Number.POSITIVE_INFINITY
      // Neighbouring prefixes of 24 bits are 256 apart.
      if (prefix - before === 256) neighbours++
      run = prefix > before ? run + 1 : 1
      longest = Math.max(longest, run)
    }
    assert.ok(longest <= 3, `${longest} in ascending order`)
    assert.ok(neighbours < count / 100, `${neighbours} right after their neighbour`)
  }),
)

/** The command that runs a file in this runtime. */
function command(file: string): [string, string[]] {
  return [process.execPath, ['Deno' in globalThis ? ['run', '-A'] : process.execArgv, file].flat()]
}

/** Runs a sync in another process that kills itself with signal 9 once it has begun so many changes. */
async function syncAndKill(netns: string, count: number, gateway: string, after: number): Promise<void> {
  const [word, words] = command(fileURLToPath(new URL('../support/child-sync.ts', import.meta.url)))
  const child = spawn(word, [...words, netns, String(count), gateway, String(after)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [, signal] = await once(child, 'exit')
  assert.is(signal, 'SIGKILL')
}

many('a sync that is killed at any point is made good by the next', () =>
  inNetns(async (netns) => {
    // Each round changes all routes and their number; the points are spread over the whole sync.
    const rounds = sampled([1, 40, 700, 1500, 2500, 3300, 4200, 4900])
    for (const [round, after] of rounds.entries()) {
      const gateway = `10.0.0.${2 + round}`
      const count = round % 2 === 0 ? 5000 : 3000 + after / 3
      await syncAndKill(netns, Math.floor(count), gateway, after)
      const desired = consecutive(Math.floor(count), gateway)
      const { changes, failed } = await sync(netns, desired)
      assert.ok(changes > 0, `nothing was left to do after ${after} changes`)
      assert.equal(failed, [])
      assert.equal(
        shownTable(netns)
          .map((route) => `${route.dst} ${route.gateway} ${route.protocol}`)
          .sort(),
        desired.map(({ dst }) => `${dst} ${gateway} 84`).sort(),
        `killed after ${after} changes`,
      )
      assert.is((await sync(netns, desired)).changes, 0)
    }
  }),
)

many.run()
