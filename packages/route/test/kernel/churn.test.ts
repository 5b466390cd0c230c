// timeout: 600
import { Dice } from '@rtnl/compliance'
import { RouteTable } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { churn, churnPairs } from '../support/churn.ts'
import { assertExact, Fold, holdsAll } from '../support/fold.ts'
import { ip, ipForce, makeNetns, play, set } from '../support/ip.ts'

const test = suite('routes that change at full speed')

const rounds = 6
const commands = 300

for (const [seed, mode] of [
  [1, 1],
  [2, 1],
  [3, 0],
] as const) {
  test(`end as the kernel has them: seed ${seed}, nexthop_compat_mode=${mode}`, async () => {
    const netns = `churn${seed}`
    await makeNetns(netns, churnPairs)
    await play(netns, [set('net.ipv4.nexthop_compat_mode', mode)])
    const dice = new Dice(seed)
    const table = await RouteTable.open({ netns })
    try {
      const fold = new Fold(table)
      let taken = 0
      for (let round = 0; round < rounds; round++) {
        taken += ipForce(
          netns,
          Array.from({ length: commands }, () => churn(dice)),
        )
        await assertExact(table, fold, netns)
      }
      assert.ok(taken > (rounds * commands) / 4, `${taken} commands were taken`)
      const causes = new Set(fold.batches.map(({ cause }) => cause))
      if (!holdsAll(table)) causes.delete('resync')
      assert.equal([...causes].sort(), ['dump', 'inferred', 'notification'])
      table.close()
      await fold.done
    } finally {
      table.close()
      ip(`netns del ${netns}`)
    }
  })
}

test.run()
