import { DecodeError, MulticastGroup, readMessages, Writer } from '@rtnl/netlink-core'
import type { Nexthop, ResolvedPath } from '@rtnl/nexthop'
import {
  formatLearnedRoute,
  formatRoute,
  learnedRoutes,
  type Route,
  RouteMessage,
  RouteType,
  routeListener,
  routeMessage,
} from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const parity = suite('routes for programs that exchange them')

const bgp: Route = {
  family: 2,
  tos: 0,
  protocol: 186,
  scope: 0,
  type: RouteType.UNICAST,
  flags: 0,
  table: 1000,
  dst: '192.0.2.0/24',
  gateway: '10.0.0.2',
  oif: 3,
}

const links = { ifname: (ifindex: number): string | undefined => ({ 3: 'eth0', 4: 'eth1' })[ifindex] }
const way = { table: 1000, prefix: '192.0.2.0', plen: 24 }

for (const [name, route, learned] of [
  ['one hop', bgp, [{ ...way, nexthop: '10.0.0.2', ifname: 'eth0' }]],
  ['an interface without a name', { ...bgp, oif: 5 }, [{ ...way, nexthop: '10.0.0.2' }]],
  ['static', { ...bgp, protocol: 4 }, []],
  ['of the kernel', { ...bgp, protocol: 2 }, []],
  ['the first protocol that counts', { ...bgp, protocol: 5 }, [{ ...way, nexthop: '10.0.0.2', ifname: 'eth0' }]],
  ['our own', { ...bgp, protocol: 84 }, []],
  ['without a gateway', { ...bgp, gateway: undefined }, []],
  ['dead', { ...bgp, flags: 1 }, []],
  ['without a carrier', { ...bgp, flags: 16 }, [{ ...way, nexthop: '10.0.0.2', ifname: 'eth0' }]],
  ['link-local', { ...bgp, dst: '169.254.0.0/16' }, []],
  ['link-local host', { ...bgp, dst: '169.254.7.7/32' }, []],
  [
    'beyond link-local',
    { ...bgp, dst: '169.254.0.0/15' },
    [{ table: 1000, prefix: '169.254.0.0', plen: 15, nexthop: '10.0.0.2', ifname: 'eth0' }],
  ],
  ['link-local of IPv6', { ...bgp, family: 10, dst: 'fe80::/10' }, []],
  ['link-local of IPv6, its end', { ...bgp, family: 10, dst: 'febf:ffff::/32' }, []],
  [
    'beside link-local of IPv6',
    { ...bgp, family: 10, dst: 'fec0::/10', gateway: 'fd00::2' },
    [{ table: 1000, prefix: 'fec0::', plen: 10, nexthop: 'fd00::2', ifname: 'eth0' }],
  ],
  [
    'a gateway of the other family',
    { ...bgp, gateway: undefined, via: 'fd00::2' },
    [{ ...way, nexthop: 'fd00::2', ifname: 'eth0' }],
  ],
  [
    'several hops',
    {
      ...bgp,
      gateway: undefined,
      oif: undefined,
      multipath: [
        { flags: 0, oif: 3, weight: 1, gateway: '10.0.0.2' },
        { flags: 17, oif: 4, weight: 1, gateway: '10.0.1.2' },
        { flags: 0, oif: 4, weight: 1 },
        { flags: 16, oif: 4, weight: 1, via: 'fd00::3' },
      ],
    },
    [
      { ...way, nexthop: '10.0.0.2', ifname: 'eth0' },
      { ...way, nexthop: 'fd00::3', ifname: 'eth1' },
    ],
  ],
] as const) {
  parity(`are learned: ${name}`, () => {
    const given = Object.entries(route).filter(([, value]) => value !== undefined)
    assert.equal(learnedRoutes(Object.fromEntries(given) as unknown as Route, { links, own: 84 }), learned)
  })
}

parity('are learned by nexthop objects as these are now', () => {
  const { gateway: _, oif: _oif, ...rest } = bgp
  const route = { ...rest, nhId: 10 }
  const single = (id: number, fields: Partial<Nexthop>): ResolvedPath<Nexthop> => ({
    id,
    weight: 1,
    nexthop: { family: 2, scope: 0, protocol: 0, flags: 0, id, ...fields },
  })
  const paths = [
    single(1, { gateway: '10.0.0.2', oif: 3 }),
    { id: 2, weight: 1, nexthop: undefined },
    single(3, { blackhole: true }),
    single(4, { gateway: 'fd00::4', oif: 4 }),
    single(5, { gateway: '10.0.0.5', oif: 3, flags: 1 }),
  ]
  const nexthops = { resolve: (id: number) => (id === 10 ? paths : undefined) }
  assert.equal(learnedRoutes(route, { nexthops, links }), [
    { ...way, nexthop: '10.0.0.2', ifname: 'eth0' },
    { ...way, nexthop: 'fd00::4', ifname: 'eth1' },
  ])
  assert.equal(learnedRoutes({ ...route, nhId: 11 }, { nexthops, links }), [])
  assert.equal(learnedRoutes(route, { links }), [])
})

parity('print on one line', () => {
  const learned = { table: 1000, prefix: '192.0.2.0', plen: 24, nexthop: '::ffff:10.0.0.2', ifname: 'eth0' }
  assert.is(formatLearnedRoute(learned), 'table_id=1000 dst=192.0.2.0 plen=24 nexthop=10.0.0.2')
  assert.is(formatRoute(bgp), 'table_id=1000 dst=192.0.2.0 plen=24 nexthop=10.0.0.2')
  const blackhole = { table: 10, dst: '2001:db8::/64', type: RouteType.BLACKHOLE, oif: 1 }
  assert.is(formatRoute(blackhole), 'table_id=10 dst=2001:db8:: plen=64 nexthop=(blackhole)')
  assert.is(
    formatRoute({ ...bgp, dst: '0.0.0.0/0' }, 'file exists (EEXIST)'),
    'table_id=1000 dst=0.0.0.0 plen=0 nexthop=10.0.0.2 failed: file exists (EEXIST)',
  )
  const hops = [
    { flags: 0, oif: 3, weight: 1, gateway: '10.0.0.2' },
    { flags: 0, oif: 4, weight: 1, via: 'fd00::2' },
    { flags: 0, oif: 4, weight: 1 },
  ]
  const { gateway: _, ...rest } = bgp
  assert.is(
    formatRoute({ ...rest, multipath: hops }),
    'table_id=1000 dst=192.0.2.0 plen=24 nexthop=10.0.0.2,fd00::2,::',
  )
})

/** What a listener keeps of a message, with its type or cut short. */
function heard(listening: Parameters<typeof routeListener>[0], route: Partial<Route>, cut = 0): number | undefined {
  const writer = new Writer()
  const start = writer.beginMessage(RouteMessage.NEW, 0, 1)
  routeMessage.encode(writer, route)
  writer.endMessage(start)
  let kept: number | undefined
  readMessages(writer.bytes(), (cursor) => {
    kept = routeListener(listening).decode({ ...cursor, end: cursor.end - cut })
  })
  return kept
}

parity('are heard of by the table that they are in', () => {
  assert.is(heard({ family: 2 }, bgp), 1000)
  assert.is(
    heard({ family: 10 }, { ...bgp, family: 10, dst: '2001:db8::/64', gateway: 'fd00::2', table: 0xfffffffe }),
    0xfffffffe,
  )
  assert.is(heard({ family: 2, own: 84 }, bgp), 1000)
  assert.is(heard({ family: 2, own: 186 }, bgp), undefined)
  assert.is(heard({ family: 10 }, bgp), undefined)
  const { name, groups, types } = routeListener({ family: 2 })
  assert.equal([name, groups, types], ['route-ipv4', [MulticastGroup.IPV4_ROUTE], [RouteMessage.NEW, RouteMessage.DEL]])
  const six = routeListener({ family: 10 })
  assert.equal([six.name, six.groups], ['route-ipv6', [MulticastGroup.IPV6_ROUTE]])
  const labels = routeListener({ family: 28 })
  assert.equal([labels.name, labels.groups], ['route-mpls', [MulticastGroup.MPLS_ROUTE]])
  assert.throws(
    () => heard({ family: 2 }, bgp, 3),
    (error: unknown) => error instanceof DecodeError,
  )
  assert.throws(() => routeListener({ family: 7 }), /^family: 7 is not 2 \(IPv4\), 10 \(IPv6\) or 28 \(MPLS\)$/)
  assert.throws(() => routeListener({ family: 2, own: 256 }), /^own: 256 is not a whole number in 0..255$/)
})

parity('are heard of by the table in the header where there is no attribute', () => {
  const header = new Uint8Array([2, 24, 0, 0, 254, 186, 0, 1, 0, 0, 0, 0])
  const view = new DataView(header.buffer)
  const cursor = { view, words: new Int32Array(header.buffer), type: RouteMessage.NEW, flags: 0, seq: 0, pid: 0 }
  assert.is(routeListener({ family: 2 }).decode({ ...cursor, start: 0, body: 0, end: 12 }), 254)
})

parity.run()
