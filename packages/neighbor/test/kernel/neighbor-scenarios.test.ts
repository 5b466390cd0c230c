// timeout: 600
import { dumpNeighbors, NeighborTable } from '@rtnl/neighbor'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fold, gather, sorted, turn } from '../support/fold.ts'
import { inNetns, ip, play } from '../support/netns.ts'
import { neighborScenarios } from '../support/scenarios.ts'
import { asIpShows, ipNeighbors, usable } from '../support/shown.ts'

const scenario = suite('neighbours')

scenario.before(() => {
  ip('netns add elsewhere')
})

for (const [name, steps] of Object.entries(neighborScenarios)) {
  scenario(name, () =>
    inNetns(async (netns) => {
      await using table = await NeighborTable.open({ netns })
      const fold = new Fold(table)
      // The kernel may remove neighbours by itself while they are read for the first time.
      await table.waitForSync()
      const { relists } = table
      await play(netns, steps)
      await table.waitForSync()
      await turn()
      const expected = sorted(usable(await gather(dumpNeighbors(table.notifier.connection))))
      assert.equal(sorted(table), expected, 'table and dump')
      assert.equal(sorted(fold.entries.values()), expected, 'fold and dump')
      assert.equal(sorted([...table].map(asIpShows)), sorted(ipNeighbors(netns)), 'table and ip')
      assert.is(table.relists, relists)
      table.close()
      await fold.done
    }),
  )
}

scenario.run()
