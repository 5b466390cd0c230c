import { type AdvertisedRoute, formatLearnedRoute, syncRoutes } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { carrier, ip, ipBatch, play } from '../support/ip.ts'

const parity = suite('route-sync')

const table = 100

/**
 * A namespace with an interface and a routing table of its own, as of a VRF, which not every kernel has: with the routes
 * that the interface would bring along.
 */
async function inScene(test: (netns: string) => Promise<void>): Promise<void> {
  const netns = 'route-sync'
  ip(`netns add ${netns}`)
  try {
    ipBatch(netns, ['link add lo-test type veth peer name far', 'link set lo-test up', 'link set far up'])
    await play(netns, [carrier('lo-test', true)])
    ipBatch(netns, [
      'addr add 20.0.0.10/24 dev lo-test',
      'addr add fd20::10/64 dev lo-test nodad',
      `route add 20.0.0.0/24 dev lo-test proto kernel scope link src 20.0.0.10 table ${table}`,
      `route add fd20::/64 dev lo-test proto kernel metric 256 table ${table}`,
    ])
    await test(netns)
  } finally {
    ip(`netns del ${netns}`)
  }
}

/** Syncs, and returns the lines of what was learned. */
async function routeSync(netns: string, ...advertised: readonly string[]): Promise<string[]> {
  const routes = advertised.map((text): AdvertisedRoute => {
    const [dst = '', nexthop] = text.split(' via ')
    return { dst, nexthop, priority: 0 }
  })
  const { outcome, learned } = await syncRoutes(routes, { netns, table })
  assert.equal([outcome.failed, outcome.conflicts], [[], []])
  const again = await syncRoutes(routes, { netns, table })
  assert.equal([again.outcome.changes, again.learned], [0, learned], 'a second run does nothing')
  return learned.map((route) => `Route ${formatLearnedRoute(route)}`).sort()
}

/** The lines of `ip route`, where the name of our protocol may not be known. */
function lines(netns: string, family: string): string[] {
  const text = ip(`-n ${netns} ${family} route show table ${table}`)
  return text
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/ {2,}/g, ' ')
        .replace(/proto (ovn|84)\b/, 'proto ovn'),
    )
    .filter((line) => line !== '')
    .sort()
}

const connected = '20.0.0.0/24 dev lo-test proto kernel scope link src 20.0.0.10'
const connected6 = 'fd20::/64 dev lo-test proto kernel metric 256 pref medium'

parity('blackholes: none, IPv4, both, IPv4 again, none', () =>
  inScene(async (netns) => {
    assert.equal(await routeSync(netns), [])
    ipBatch(netns, [
      `route add 10.10.10.1 via 20.0.0.1 table ${table} proto zebra`,
      `route add fd20:100::10 via fd20::1 table ${table} proto zebra`,
      `route add 10.10.20.0/24 via 20.0.0.1 table ${table}`,
    ])
    const learned = [
      `Route table_id=${table} dst=10.10.10.1 plen=32 nexthop=20.0.0.1`,
      `Route table_id=${table} dst=fd20:100::10 plen=128 nexthop=fd20::1`,
    ]
    const others = [
      '10.10.10.1 via 20.0.0.1 dev lo-test proto zebra',
      '10.10.20.0/24 via 20.0.0.1 dev lo-test',
      connected,
    ]
    const others6 = [connected6, 'fd20:100::10 via fd20::1 dev lo-test proto zebra metric 1024 pref medium']
    const black = 'blackhole 192.168.100.0/24 proto ovn'
    const black6 = 'blackhole fd20:100::/64 dev lo proto ovn metric 1024 pref medium'
    for (const [advertised, ours, ours6] of [
      [[], [], []],
      [['192.168.100.0/24'], [black], []],
      [['192.168.100.0/24', 'fd20:100::/64'], [black], [black6]],
      [['192.168.100.0/24'], [black], []],
      [[], [], []],
    ] as const) {
      assert.equal(await routeSync(netns, ...advertised), learned)
      assert.equal(lines(netns, '-4'), [...others, ...ours].sort())
      assert.equal(lines(netns, '-6'), [...others6, ...ours6].sort())
    }
  }),
)

parity('gateways: of the same family, of the other one, and blackholes in their place', () =>
  inScene(async (netns) => {
    const via4 = '192.168.100.0/24 via 20.0.0.1 dev lo-test proto ovn'
    const via6 = '192.168.100.0/24 via inet6 fd20::1 dev lo-test proto ovn'
    const route6 = 'fd20:100::/64 via fd20::1 dev lo-test proto ovn metric 1024 pref medium'
    for (const [advertised, ours, ours6] of [
      [['192.168.100.0/24 via 20.0.0.1'], [via4], []],
      [['192.168.100.0/24 via 20.0.0.1', 'fd20:100::/64 via fd20::1'], [via4], [route6]],
      [['192.168.100.0/24 via fd20::1', 'fd20:100::/64 via fd20::1'], [via6], [route6]],
      [
        ['192.168.100.0/24', 'fd20:100::/64'],
        ['blackhole 192.168.100.0/24 proto ovn'],
        ['blackhole fd20:100::/64 dev lo proto ovn metric 1024 pref medium'],
      ],
    ] as const) {
      assert.equal(await routeSync(netns, ...advertised), [])
      assert.equal(lines(netns, '-4'), [connected, ...ours].sort())
      assert.equal(lines(netns, '-6'), [connected6, ...ours6].sort())
    }
  }),
)

parity.run()
