import { type AdvertisedRoute, syncRoutes } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { four, inNetns, lines, shown, shownFour, shownSix, six } from '../support/exchanging.ts'
import { play } from '../support/ip.ts'

const syncing = suite('routes synchronized')

syncing('none, one family, both, fewer, none', () =>
  inNetns(async (netns) => {
    const steps: [AdvertisedRoute[], string[]][] = [
      [[], []],
      [[four], [shownFour]],
      [
        [four, six],
        [shownFour, shownSix],
      ],
      [[six], [shownSix]],
      [[], []],
    ]
    for (const [routes, expected] of steps) {
      const { outcome, learned } = await syncRoutes(routes, { netns, table: 1000 })
      assert.equal(outcome.failed, [])
      assert.equal(shown(netns, 1000, true), expected)
      assert.equal(learned, [])
      const again = await syncRoutes(routes, { netns, table: 1000 })
      assert.is(again.outcome.changes, 0)
    }
    assert.is(shown(netns, 1000).length, 2, 'those of others are there')
  }),
)

syncing('by the other family, then by the same, then a blackhole', () =>
  inNetns(async (netns) => {
    const sync = async (nexthop?: string): Promise<string[]> => {
      const { outcome } = await syncRoutes([{ dst: four.dst, priority: 10, nexthop }], { netns, table: 1000 })
      assert.equal(outcome.failed, [])
      return shown(netns, 1000, true)
    }
    assert.equal(await sync('fd00:0::2'), ['192.0.2.0/24 via fd00::2 metric 10 proto 84'])
    assert.equal(await sync('10.0.0.2'), [shownFour])
    assert.equal(await sync(), ['192.0.2.0/24 blackhole metric 10 proto 84'])
    assert.equal(await sync('0.0.0.0'), ['192.0.2.0/24 blackhole metric 10 proto 84'])
    assert.equal(await sync('10.0.1.2'), ['192.0.2.0/24 via 10.0.1.2 metric 10 proto 84'])
  }),
)

syncing('what the kernel refuses is told, the rest is done', () =>
  inNetns(async (netns) => {
    // No link leads to it.
    const lost = { dst: '198.51.100.0/24', priority: 10, nexthop: '172.31.0.1' }
    const { outcome } = await syncRoutes([lost, four], { netns, table: 1000 })
    assert.equal(
      outcome.failed.map(({ entry }) => entry.dst),
      [lost.dst],
    )
    assert.equal(shown(netns, 1000, true), [shownFour])
  }),
)

syncing('what is advertised twice is written once, and metric 0 of IPv6 is 1024', () =>
  inNetns(async (netns) => {
    const zero = { ...six, priority: 0 }
    const { outcome } = await syncRoutes([four, { ...four }, zero, zero], { netns, table: 1000 })
    assert.is(outcome.added, 2)
    assert.equal(shown(netns, 1000, true), [shownFour, '2001:db8::/32 via fd00::2 metric 1024 proto 84'])
    assert.is((await syncRoutes([four, zero], { netns, table: 1000 })).outcome.changes, 0)
  }),
)

syncing('learns one record for each hop, not from administrators, the link or nowhere', () =>
  inNetns(async (netns) => {
    await play(netns, [
      'route add 198.51.100.0/24 table 1000 via 10.0.0.2 proto 186',
      'route add 198.51.101.0/24 table 1000 proto 186 nexthop via 10.0.0.2 nexthop via 10.0.1.2',
      'route add 198.51.102.0/24 table 1000 via 10.0.0.2 proto static',
      'route add 198.51.103.0/24 table 1000 dev v0 proto 186',
      'route add 169.254.7.0/24 table 1000 via 10.0.0.2 proto 186',
      'route add 198.51.104.0/24 table 2000 via 10.0.0.2 proto 186',
      'nexthop add id 7 via 10.0.2.2 dev v2',
      'route add 198.51.105.0/24 table 1000 nhid 7 proto 186',
      'route add 2001:db8:1::/48 table 1000 via fd00:0::2 proto 186',
      'route add 198.51.106.0/24 table 1000 via inet6 fd00:0::2 dev v0 proto 186',
    ])
    const before = shown(netns, 1000)
    const { learned } = await syncRoutes([four], { netns, table: 1000 })
    assert.equal(lines(learned), [
      'Route table_id=1000 dst=198.51.100.0 plen=24 nexthop=10.0.0.2',
      'Route table_id=1000 dst=198.51.101.0 plen=24 nexthop=10.0.0.2',
      'Route table_id=1000 dst=198.51.101.0 plen=24 nexthop=10.0.1.2',
      'Route table_id=1000 dst=198.51.105.0 plen=24 nexthop=10.0.2.2',
      'Route table_id=1000 dst=198.51.106.0 plen=24 nexthop=fd00::2',
      'Route table_id=1000 dst=2001:db8:1:: plen=48 nexthop=fd00::2',
    ])
    assert.is(learned.find(({ nexthop }) => nexthop === '10.0.1.2')?.ifname, 'v1')
    assert.equal(shown(netns, 1000), [...before, shownFour].sort(), 'those of others are untouched')
  }),
)

syncing('refuses tables that may not be written', async () => {
  for (const table of [0, 252, 255, 0xffffffff]) {
    let error: unknown
    await syncRoutes([four], { table }).catch((reason) => {
      error = reason
    })
    assert.instance(error, RangeError)
  }
})

syncing.run()
