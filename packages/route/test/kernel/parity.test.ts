import { LinkTable } from '@rtnl/link'
import { NexthopTable } from '@rtnl/nexthop'
import { type Listener, Notifier } from '@rtnl/notifier'
import { dumpRoutes, formatLearnedRoute, type LearnedRoute, learnedRoutes, routeListener } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, linksSettled, makeNetns, play, set } from '../support/ip.ts'

const parity = suite('routes for programs that work in turns')

const own = 84

/** Two listeners that are on, and what they have heard, as lines. */
async function listening(notifier: Notifier): Promise<{ v4: Listener<number>; heard: () => Promise<string[]> }> {
  const listeners = {
    v4: notifier.listen(routeListener({ family: 2, own })),
    v6: notifier.listen(routeListener({ family: 10, own })),
  }
  for (const listener of Object.values(listeners)) await listener.update(true)
  const heard = async (): Promise<string[]> => {
    await notifier.fence()
    const lines: string[] = []
    for (const [name, listener] of Object.entries(listeners)) {
      const event = listener.take()
      assert.is.not(event?.kind, 'lost')
      if (event?.kind === 'messages') {
        for (const table of event.messages) lines.push(`Notification ${name} table_id=${table}`)
      }
      listener.flush()
    }
    return lines
  }
  return { v4: listeners.v4, heard }
}

parity('route-table-notify: tables are told, routes of our own are not', async () => {
  const netns = 'notify'
  await makeNetns(netns, 1)
  await using notifier = await Notifier.open({ netns })
  const { v4, heard } = await listening(notifier)
  assert.equal(notifier.groups, [7, 11])
  const lines = (steps: readonly string[]): Promise<string[]> => play(netns, steps).then(heard)
  assert.equal(await lines(['route add 10.9.0.0/24 via 10.0.0.2 table 1337']), ['Notification v4 table_id=1337'])
  assert.equal(await lines(['route add 2001:9::/64 via fd00::2 table 1337']), ['Notification v6 table_id=1337'])
  assert.equal(await lines(['route add 10.9.1.0/24 via 10.0.0.2 table 1337 proto 84']), [])
  assert.equal(await lines(['route add 2001:9:1::/64 via fd00::2 table 1337 proto 84']), [])
  assert.equal(await lines(['route del 10.9.1.0/24 table 1337', 'route del 2001:9:1::/64 table 1337']), [])
  assert.equal(await lines(['route add blackhole 10.9.2.0/24 proto 84', 'route del 10.9.2.0/24']), [])
  assert.equal(
    await lines(['route replace 10.9.0.0/24 via 10.0.0.3 table 1337', 'route add 10.9.0.0/24 via 10.0.0.3']),
    ['Notification v4 table_id=1337', 'Notification v4 table_id=254'],
  )
  assert.equal(await lines(['route del 10.9.0.0/24 table 1337', 'route del 2001:9::/64 table 1337']), [
    'Notification v4 table_id=1337',
    'Notification v6 table_id=1337',
  ])
  await v4.update(false)
  assert.equal(notifier.groups, [11])
  assert.equal(await lines(['route del 10.9.0.0/24', 'route add 2001:9::/64 via fd00::2 table 4294967294']), [
    'Notification v6 table_id=4294967294',
  ])
})

const table = 1000

/** What is learned from the table, and the lines of it. */
async function learned(
  notifier: Notifier,
  nexthops: NexthopTable,
  links: LinkTable,
): Promise<{ routes: LearnedRoute[]; lines: string[] }> {
  for (const each of [nexthops, links]) await each.waitForSync()
  const routes: LearnedRoute[] = []
  for await (const batch of dumpRoutes(notifier.connection, { table })) {
    for (const route of batch) routes.push(...learnedRoutes(route, { nexthops, links, own }))
  }
  return { routes, lines: routes.map((route) => `Route ${formatLearnedRoute(route)}`) }
}

for (const mode of [1, 0]) {
  parity(`route-sync: lines of what is learned (nexthop_compat_mode=${mode})`, async () => {
    const netns = `learned${mode}`
    await makeNetns(netns, 2)
    await using notifier = await Notifier.open({ netns })
    await using nexthops = await NexthopTable.open({ notifier })
    await using links = await LinkTable.open({ notifier })
    // The table does not exist yet.
    assert.equal((await learned(notifier, nexthops, links)).lines, [])
    await play(netns, [
      set('net.ipv4.nexthop_compat_mode', mode),
      'nexthop add id 1 via 10.0.0.7 dev v0',
      'nexthop add id 2 via fd00:1::7 dev v1',
      'nexthop add id 3 dev v1',
      'nexthop add id 10 group 1/2/3',
      ...[
        '192.0.2.0/25 via 10.0.0.2 proto zebra',
        '192.0.2.128/25 proto zebra nexthop via 10.0.0.2 nexthop via 10.0.1.2 nexthop dev v1',
        '198.51.100.0/24 via inet6 fd00::9 dev v0 proto bird',
        // Not learned: of administrators, of the kernel, without a gateway, going nowhere, link-local; and further down our own.
        '203.0.113.0/28 via 10.0.0.2 proto static',
        '203.0.113.16/28 via 10.0.0.2 proto boot',
        '203.0.113.32/28 dev v0 proto bgp',
        '169.254.7.0/24 via 10.0.0.2 proto bgp',
        // By nexthop objects.
        '203.0.113.64/28 nhid 1 proto bgp',
        '203.0.113.80/28 nhid 10 proto bgp',
      ].map((route) => `route add table ${table} ${route}`),
      `route add blackhole 203.0.113.96/28 proto bgp table ${table}`,
      `route add 2001:db8:1::/64 via fd00::2 proto bgp table ${table}`,
      `route add 2001:db8:2::/64 proto bgp table ${table} nexthop via fd00::2 nexthop via fd00:1::2`,
      `route add fe80:7::/64 via fd00::2 proto bgp table ${table}`,
      `route add 2001:db8:3::/64 nhid 2 proto bgp table ${table}`,
      // Of another table.
      'route add 192.0.2.0/25 via 10.0.0.99 proto zebra',
      // In a process of its own: `ip` takes the next name of a protocol for this number again.
      () => void ip(`-n ${netns} route add 203.0.113.48/28 via 10.0.0.2 proto 84 table ${table}`),
    ])
    const expected = [
      'Route table_id=1000 dst=192.0.2.0 plen=25 nexthop=10.0.0.2',
      'Route table_id=1000 dst=192.0.2.128 plen=25 nexthop=10.0.0.2',
      'Route table_id=1000 dst=192.0.2.128 plen=25 nexthop=10.0.1.2',
      'Route table_id=1000 dst=198.51.100.0 plen=24 nexthop=fd00::9',
      'Route table_id=1000 dst=203.0.113.64 plen=28 nexthop=10.0.0.7',
      'Route table_id=1000 dst=203.0.113.80 plen=28 nexthop=10.0.0.7',
      'Route table_id=1000 dst=203.0.113.80 plen=28 nexthop=fd00:1::7',
      'Route table_id=1000 dst=2001:db8:1:: plen=64 nexthop=fd00::2',
      'Route table_id=1000 dst=2001:db8:2:: plen=64 nexthop=fd00::2',
      'Route table_id=1000 dst=2001:db8:2:: plen=64 nexthop=fd00:1::2',
      'Route table_id=1000 dst=2001:db8:3:: plen=64 nexthop=fd00:1::7',
    ]
    const { routes, lines } = await learned(notifier, nexthops, links)
    assert.equal(lines, expected)
    assert.equal(routes.map(({ ifname }) => ifname).slice(0, 3), ['v0', 'v0', 'v1'])

    // Names are those of the moment, and the objects that went with the link are no way any more.
    await play(netns, ['link set v0 down', 'link set v0 name up0', 'link set up0 up'])
    const after = (await learned(notifier, nexthops, links)).routes.filter(({ prefix }) => !prefix.includes(':'))
    assert.equal(
      after.map(({ prefix, nexthop, ifname }) => `${prefix} ${nexthop} ${ifname}`),
      ['192.0.2.128 10.0.0.2 up0', '192.0.2.128 10.0.1.2 v1', '203.0.113.80 fd00:1::7 v1'],
    )
  })
}

parity('route-sync: a hop that is dead is not learned, one without a carrier is', async () => {
  const netns = 'dead'
  await makeNetns(netns, 2)
  await using notifier = await Notifier.open({ netns })
  await using nexthops = await NexthopTable.open({ notifier })
  await using links = await LinkTable.open({ notifier })
  const gateways = async (): Promise<string[]> =>
    (await learned(notifier, nexthops, links)).routes.map(({ nexthop }) => nexthop)
  await play(netns, [`route add 192.0.2.0/24 proto bgp table ${table} nexthop via 10.0.0.2 nexthop via 10.0.1.2`])
  assert.equal(await gateways(), ['10.0.0.2', '10.0.1.2'])
  ip(`-n ${netns} link set v0 down`)
  assert.equal(await gateways(), ['10.0.1.2'])
  ip(`-n ${netns} link set v0 up`)
  ip(`-n ${netns} link set p1 down`)
  await linksSettled(netns)
  const flags = async (): Promise<unknown[]> => {
    for await (const [route] of dumpRoutes(notifier.connection, { table })) {
      return route!.multipath!.map((hop) => hop.flags)
    }
    return []
  }
  assert.equal(await flags(), [0, 16])
  assert.equal(await gateways(), ['10.0.0.2', '10.0.1.2'])
  await play(netns, [set('net.ipv4.conf.all.ignore_routes_with_linkdown', 1)])
  assert.equal(await flags(), [0, 17])
  assert.equal(await gateways(), ['10.0.0.2'])
})

parity.run()
