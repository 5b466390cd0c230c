// timeout: 600
import { dumpFdb, FdbTable } from '@rtnl/neighbor'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fold, gather, sorted, turn } from '../support/fold.ts'
import { inNetns, ip, play } from '../support/netns.ts'
import { fdbScenarios } from '../support/scenarios.ts'
import { asBridgeShows, bridgeFdb, forwarding } from '../support/shown.ts'

const scenario = suite('forwarding entries')

scenario.before(() => {
  ip('netns add elsewhere')
})

for (const [name, steps] of Object.entries(fdbScenarios)) {
  scenario(name, () =>
    inNetns(async (netns) => {
      await using table = await FdbTable.open({ netns })
      const fold = new Fold(table)
      await play(netns, steps)
      await table.waitForSync()
      await turn()
      const expected = sorted(forwarding(await gather(dumpFdb(table.notifier.connection))))
      assert.equal(sorted(table), expected, 'table and dump')
      assert.equal(sorted(fold.entries.values()), expected, 'fold and dump')
      assert.equal(sorted([...table].map(asBridgeShows)), sorted(bridgeFdb(netns)), 'table and bridge')
      table.close()
      await fold.done
    }),
  )
}

scenario.run()
