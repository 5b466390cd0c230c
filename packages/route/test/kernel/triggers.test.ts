// timeout: 600
import { openTable, type TableDefinition } from '@rtnl/live-table'
import { type Route, RouteTable, routeDefinition } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertSame, sorted, stable, still } from '../support/fold.ts'
import { carrier, ip, makeNetns, play, type Step, set } from '../support/ip.ts'

const triggers = suite('events after which the kernel is silent about routes')

/** What makes the difference, after what it needs, and without what it is not seen. */
interface Silence {
  /** The trigger that it takes; `list` for the doubts of the rules for lists. */
  readonly reason: 'link' | 'nexthop' | 'address' | 'configuration' | 'list'
  readonly before: readonly Step[]
  readonly event: readonly Step[]
  /** Prefixes of routes that are otherwise wrong; there may be more of them. */
  readonly concerned: readonly string[]
}

const silences: Readonly<Record<string, Silence>> = {
  'IPv4 routes by a link that goes down': {
    reason: 'link',
    before: ['route add 1.0.0.0/24 via 10.0.0.2', 'route add 1.0.1.0/24 nexthop via 10.0.0.2 nexthop via 10.0.1.2'],
    event: ['link set v0 down'],
    concerned: ['1.0.0.0/24', '1.0.1.0/24', '10.0.0.0/24', '10.0.0.255/32'],
  },
  'IPv4 hops by a link that comes up again': {
    reason: 'link',
    before: ['route add 1.0.1.0/24 nexthop via 10.0.0.2 nexthop via 10.0.1.2', 'link set v0 down'],
    event: ['link set v0 up', carrier('v0', true)],
    concerned: ['1.0.1.0/24'],
  },
  'an IPv4 route with one hop by a link that is deleted': {
    reason: 'link',
    // Without an address, whose deletion would be told.
    before: [
      'link add w0 type veth peer name w1',
      'link set w0 up',
      'route add 1.0.1.0/24 nexthop via 10.0.1.2 nexthop dev w0',
    ],
    event: ['link del w0'],
    concerned: ['1.0.1.0/24'],
  },
  'the state of routes by a link that loses its carrier': {
    reason: 'link',
    // The other end would lose its IPv6 address, which is told.
    before: [
      set('net.ipv6.conf.p0.disable_ipv6', 1),
      'route add 1.0.0.0/24 via 10.0.0.2',
      'route add 2001:1::/64 via fd00::2',
    ],
    event: ['link set p0 down', carrier('v0', false)],
    concerned: ['1.0.0.0/24', '10.0.0.0/24', '10.0.0.255/32', '2001:1::/64', 'fd00::/64', 'fe80::/64', 'ff00::/8'],
  },
  'the MTU of IPv6 routes by a link with a smaller one': {
    reason: 'link',
    before: ['route add 2001:1::/64 via fd00::2 mtu 1400'],
    event: ['link set v0 mtu 1300'],
    concerned: ['2001:1::/64'],
  },
  'IPv4 routes by a nexthop object that is deleted': {
    reason: 'nexthop',
    before: ['nexthop add id 1 via 10.0.0.2 dev v0', 'route add 1.0.0.0/24 nhid 1'],
    event: ['nexthop del id 1'],
    concerned: ['1.0.0.0/24'],
  },
  'IPv4 routes by a group that is left empty': {
    reason: 'nexthop',
    before: ['nexthop add id 1 via 10.0.0.2 dev v0', 'nexthop add id 10 group 1', 'route add 1.0.0.0/24 nhid 10'],
    event: ['nexthop del id 1'],
    concerned: ['1.0.0.0/24'],
  },
  'routes by a nexthop object whose link goes down': {
    reason: 'nexthop',
    before: ['nexthop add id 1 via 10.0.0.2 dev v0', 'route add 1.0.0.0/24 nhid 1'],
    event: ['link set v0 down'],
    concerned: ['1.0.0.0/24'],
  },
  'IPv6 routes by a nexthop object that is deleted, without the fields of objects': {
    reason: 'nexthop',
    before: [
      set('net.ipv4.nexthop_compat_mode', 0),
      'nexthop add id 6 via fd00::2 dev v0',
      'route add 2001:1::/64 nhid 6',
    ],
    event: ['nexthop del id 6'],
    concerned: ['2001:1::/64'],
  },
  'the type of routes by a nexthop object that becomes a gateway, without the fields of objects': {
    reason: 'nexthop',
    before: [set('net.ipv4.nexthop_compat_mode', 0), 'nexthop add id 1 blackhole', 'route add 1.0.0.0/24 nhid 1'],
    event: ['nexthop replace id 1 via 10.0.0.2 dev v0'],
    concerned: ['1.0.0.0/24'],
  },
  'IPv4 routes by a link that loses its last address': {
    reason: 'address',
    before: ['route add 1.0.0.0/24 dev v0', 'route add 1.0.1.0/24 nexthop via 10.0.0.2 nexthop via 10.0.1.2'],
    event: ['addr del 10.0.0.1/24 dev v0'],
    concerned: ['1.0.0.0/24', '1.0.1.0/24'],
  },
  'IPv4 hops by a link that has an address again': {
    reason: 'address',
    before: ['route add 1.0.1.0/24 nexthop via 10.0.0.2 nexthop via 10.0.1.2', 'addr del 10.0.0.1/24 dev v0'],
    event: ['addr add 10.0.9.1/24 dev v0'],
    concerned: ['1.0.1.0/24'],
  },
  'IPv6 routes from a source address that is deleted': {
    reason: 'address',
    before: ['addr add fd00::9/64 dev v0 nodad', 'route add 2001:1::/64 via fd00:1::2 src fd00::9'],
    event: ['addr del fd00::9/64 dev v0'],
    concerned: ['2001:1::/64'],
  },
  'IPv6 hops by a link on which IPv6 is switched off': {
    reason: 'address',
    before: ['route add 2001:1::/64 nexthop via fd00::2 nexthop via fd00:1::2'],
    event: [set('net.ipv6.conf.v0.disable_ipv6', 1)],
    concerned: ['2001:1::/64'],
  },
  'IPv6 routes hidden between legs': {
    reason: 'list',
    before: ['route add 2001:1::/64 via fd00::2', 'route append 2001:1::/64 dev v0'],
    event: ['route append 2001:1::/64 via fd00::3'],
    concerned: ['2001:1::/64'],
  },
  'IPv6 routes that come back from between legs': {
    reason: 'list',
    before: [
      'route add 2001:1::/64 via fd00::2',
      'route append 2001:1::/64 dev v0',
      'route append 2001:1::/64 via fd00::3',
    ],
    event: ['route del 2001:1::/64 via fd00::3'],
    concerned: ['2001:1::/64'],
  },
  'the state of IPv4 hops without a carrier that are to be ignored': {
    reason: 'configuration',
    before: ['route add 1.0.0.0/24 via 10.0.0.2', 'link set p0 down', carrier('v0', false)],
    event: [set('net.ipv4.conf.v0.ignore_routes_with_linkdown', 1)],
    concerned: ['1.0.0.0/24', '10.0.0.0/24', '10.0.0.255/32'],
  },
  'the state of IPv6 hops without a carrier that are to be ignored': {
    reason: 'configuration',
    before: ['route add 2001:1::/64 via fd00::2', 'link set p0 down', carrier('v0', false)],
    event: [set('net.ipv6.conf.all.ignore_routes_with_linkdown', 1)],
    concerned: ['2001:1::/64', 'fd00::/64', 'fe80::/64', 'ff00::/8'],
  },
}

/** The definition of routes without one of its triggers, or without the doubts of the rules for lists. */
function without(reason: Silence['reason']): TableDefinition<Route> {
  const { triggers: all = [], lists } = routeDefinition
  if (reason === 'list') {
    const apply: NonNullable<typeof lists>['apply'] = (list, event) =>
      lists!.apply(list, event).filter(({ edit }) => edit !== 'invalidate')
    return { ...routeDefinition, lists: { ...lists!, apply } }
  }
  const others = all.filter((trigger) => trigger.reason !== reason)
  assert.is(others.length, all.length - 1)
  return { ...routeDefinition, triggers: others }
}

/** Prefixes of the routes that only one of two sets has, or both differently. */
function differing(left: readonly Route[], right: readonly Route[]): string[] {
  const texts = (routes: readonly Route[]): Map<string, string> =>
    new Map(sorted(routes).map((route) => [JSON.stringify(route), route.dst ?? '']))
  const [one, other] = [texts(left), texts(right)]
  const only = [...one, ...other].filter(([text]) => one.has(text) !== other.has(text))
  return [...new Set(only.map(([, dst]) => dst))].sort()
}

for (const [number, [name, { reason, before, event, concerned }]] of Object.entries(silences).entries()) {
  triggers(`${name} (${reason})`, async () => {
    const netns = `silent${number}`
    await makeNetns(netns)
    try {
      await play(netns, before)
      await using table = await RouteTable.open({ netns })
      await using blind = await openTable(without(reason), { netns })
      const look = async (): Promise<{ withIt: Route[]; withoutIt: Route[] }> => {
        await table.waitForSync()
        await blind.waitForSync()
        return { withIt: [...table].map(stable), withoutIt: [...blind].map(stable) }
      }
      const first = await still(table, netns, look)
      assertSame(first.withIt, first.routes, 'before')
      assertSame(first.withoutIt, first.routes, 'before, without the trigger')
      await play(netns, event)
      const last = await still(table, netns, look)
      assertSame(last.withIt, last.routes, 'with the trigger')
      const wrong = differing(last.withoutIt, last.routes)
      assert.equal(
        wrong.filter((dst) => concerned.includes(dst)),
        [...concerned].sort(),
        'without the trigger',
      )
    } finally {
      ip(`netns del ${netns}`)
    }
  })
}

triggers('that concern the other family cost no reading', async () => {
  await makeNetns('families')
  await play('families', ['route add 1.0.0.0/24 via 10.0.0.2', 'nexthop add id 1 via 10.0.0.2 dev v0'])
  await using table = await RouteTable.open({ netns: 'families', family: 10 })
  const { relists: readings } = table
  await play('families', [
    'addr add 10.9.0.1/24 dev v0',
    'addr del 10.9.0.1/24 dev v0',
    set('net.ipv4.conf.v0.ignore_routes_with_linkdown', 1),
    'nexthop del id 1',
    'route append 1.0.0.0/24 via 10.0.0.3',
  ])
  await table.waitForSync()
  assert.is(table.relists, readings)
  await play('families', ['addr del fd00::1/64 dev v0'])
  await table.waitForSync()
  assert.ok(table.relists > readings)
})

triggers.run()
