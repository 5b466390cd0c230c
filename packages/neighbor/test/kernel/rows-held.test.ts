import { NeighborExchange } from '@rtnl/neighbor'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countRows, rowsHeld } from '../../../live-table/test/rows-held.ts'
import { batch, ip } from '../support/netns.ts'

const held = suite('rows in memory')
const bridges = [0, 1, 2, 3, 4]

held.before(() => {
  ip('netns add s')
  batch(
    'ip',
    's',
    bridges.flatMap((index) => [
      `link add br${index} type bridge`,
      `link set br${index} up`,
      `link add vx${index} type vxlan id 4${index} dstport 4789 local 42.42.42.2 nolearning`,
      `link set vx${index} master br${index} up`,
      `address add 10.0.${index}.1/24 dev br${index}`,
    ]),
  )
  countRows()
})

held.after(() => void ip('netns delete s'))

held('exchanges of five bridges on one notifier: each table once', async () => {
  await using notifier = await Notifier.open({ netns: 's' })
  const exchanges: NeighborExchange[] = []
  for (const index of bridges) {
    const exchange = await NeighborExchange.open({ notifier })
    exchanges.push(exchange)
    const bindings = [{ dst: `10.0.${index}.2`, lladdr: '02:00:00:00:00:02' }]
    const segment = { vni: 40 + index, vxlans: [`vx${index}`], bridge: `br${index}`, bindings }
    const { error } = await exchange.run([segment])
    assert.is(error, undefined)
  }
  const rows = rowsHeld()
  assert.equal(rows.link, [11])
  assert.is(rows.broadcast?.length, 1)
  assert.is(rows.nexthop?.length, 1)
  // One for each vxlan and for each bridge.
  assert.is(rows.fdb?.length, 5)
  assert.is(rows.neighbor?.length, 5)
  for (const exchange of exchanges) exchange.close()
  assert.equal(rowsHeld(), {})
})

held.run()
