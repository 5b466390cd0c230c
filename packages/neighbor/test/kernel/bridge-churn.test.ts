// timeout: 600
import { dumpFdb, FdbTable } from '@rtnl/neighbor'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bridgeChurn } from '../support/bridge-churn.ts'
import { Fold, gather, sorted, turn } from '../support/fold.ts'
import { hasVlanFiltering, inNetns, tryCommand } from '../support/netns.ts'
import { asBridgeShows, bridgeFdb, forwarding } from '../support/shown.ts'

const churn = suite('bridges whose ports share addresses')

const vlans = hasVlanFiltering()
/** Operations between two looks at the table. */
const together = 5

for (const seed of [1, 2, 3]) {
  churn(`seed ${seed}, ${vlans ? 'with VLANs' : 'without VLANs, which this kernel does not have'}`, () =>
    inNetns(async (netns) => {
      await using table = await FdbTable.open({ netns })
      const fold = new Fold(table)
      let most = 0
      const operations = bridgeChurn(seed, 150, vlans)
      for (let at = 0; at < operations.length; at += together) {
        const some = operations.slice(at, at + together)
        for (const operation of some) {
          const [tool = '', ...words] = operation.split(' ')
          tryCommand(tool as 'ip' | 'bridge', netns, words.join(' '))
        }
        await table.waitForSync()
        const expected = sorted(forwarding(await gather(dumpFdb(table.notifier.connection))))
        assert.equal(sorted(table), expected, some.join('\n'))
        most = Math.max(most, table.size)
      }
      await turn()
      assert.equal(sorted(fold.entries.values()), sorted(table), 'fold and table')
      assert.equal(sorted([...table].map(asBridgeShows)), sorted(bridgeFdb(netns)), 'table and bridge')
      assert.ok(most >= 5, 'there is something to follow')
      table.close()
      await fold.done
    }),
  )
}

churn.run()
