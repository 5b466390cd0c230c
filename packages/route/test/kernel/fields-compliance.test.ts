import { type FieldSubject, fieldCompliance, ifindex, numbersAndJunk, withFields } from '@rtnl/compliance'
import { NexthopFlag, sameEncapsulation } from '@rtnl/netlink-core'
import type { DesiredEntry } from '@rtnl/reconcile'
import { type Hop, type Route, RouteType, routeOwner } from '@rtnl/route'
import fc from 'fast-check'
import { suite } from 'uvu'

const setup = [
  'ip link set lo up',
  'ip link add v0 type veth peer name p0',
  'ip link set v0 addrgenmode none',
  'ip link set p0 addrgenmode none',
  'ip link set v0 up',
  'ip link set p0 up',
  'ip addr add 10.0.0.1/24 dev v0',
  'ip addr add fd00::1/64 dev v0 nodad',
  'ip nexthop add id 7 via 10.0.0.2 dev v0',
  'ip nexthop add id 8 via fd00::2 dev v0',
  'ip nexthop add id 9 blackhole',
  'ip -6 nexthop add id 10 blackhole',
  'ip nexthop add id 11 group 7',
]

const metrics = [
  ...['lock', 'mtu', 'window', 'rtt', 'rttvar', 'ssthresh', 'cwnd', 'advmss', 'reordering', 'hoplimit', 'initcwnd'],
  ...['features', 'rtoMin', 'initrwnd', 'quickack', 'fastopenNoCookie'],
]

/** Tunnels without options: others end this kernel. */
const tunnels = fc.constantFrom(
  { encapType: 2, encap: { id: 5, dst: '10.0.0.9' } },
  { encapType: 'ip', encap: { id: 0, dst: '10.0.0.9', src: '10.0.0.1', ttl: 255, tos: 4 } },
  { encapType: 4, encap: { id: 5, dst: 'fd00::9', hoplimit: 7 } },
  { encapType: 7, encap: '0800010001000000' },
  { encapType: 'seg6local', encap: { action: 'End', counters: {}, flavors: { operation: 'next-csid' } } },
  { encapType: 7, encap: { action: 5, nh6: 'FD00:0::9' } },
  { encapType: 0 },
  { encapType: 2 },
)

function wanted(isIpv6: boolean, oif: number): fc.Arbitrary<DesiredEntry<Route>> {
  const own = isIpv6 ? ['fd00::2', 'fd00::3', '::', 'FD00:0::4'] : ['10.0.0.2', '10.0.0.3', '0.0.0.0', 'fd00::2']
  const gateways = fc.constantFrom<unknown>(...own, '::', '0.0.0.0', '10.0.0.2', 'x', null, 4)
  const good = fc.constantFrom<unknown>(...own.slice(0, 2))
  const interfaces = fc.constantFrom<unknown>(oif, oif, oif, 1, 0, 4711, null, {})
  const flags = fc.oneof(
    fc.constantFrom<unknown>(0, 4, 'onlink', ['onlink', 'dead'], 'pervasive', [], ['x']),
    fc.nat(31).map((bit) => 2 ** bit),
    numbersAndJunk,
  )
  const realms = fc.oneof(fc.constantFrom<unknown>('1/2', 'cosmos', '7', '1/2/3'), numbersAndJunk)
  const weight = fc.oneof(fc.integer({ min: 1, max: 256 }), numbersAndJunk)
  const hop = withFields(
    fc.record({ gateway: good, oif: fc.constant(oif) }),
    {
      gateway: gateways,
      via: gateways,
      oif: interfaces,
      weight,
      flags,
      realms,
    },
    1,
  )
  const way = fc.oneof(
    { weight: 4, arbitrary: fc.record({ gateway: good }) },
    { weight: 2, arbitrary: fc.record({ gateway: good, oif: fc.constant(oif) }) },
    { weight: 2, arbitrary: fc.constant({ oif }) },
    { weight: 1, arbitrary: fc.tuple(tunnels, good).map(([tunnel, gateway]) => ({ ...tunnel, gateway })) },
    { weight: 2, arbitrary: fc.constantFrom(6, 7, 8, 9, 'blackhole', 'throw').map((type) => ({ type })) },
    { weight: 2, arbitrary: fc.constantFrom(7, 8, 9, 10, 11, 12, 0).map((nhId) => ({ nhId })) },
    { weight: 2, arbitrary: fc.array(hop, { maxLength: 3 }).map((multipath) => ({ multipath })) },
  )
  const destination = isIpv6
    ? fc.constantFrom('fd20::/64', 'fd20::1/128', 'fd20::1', '::/0', 'ff20::/16', '::1.2.3.4/128')
    : fc.constantFrom('20.0.0.0/24', '20.0.0.1/32', '20.0.0.1', '0.0.0.0/0', '224.0.0.0/4', '0.0.0.0/8')
  return withFields(
    fc.tuple(destination, way).map(([dst, fields]) => ({ dst, ...fields })),
    {
      family: fc.constantFrom<unknown>(isIpv6 ? 10 : 2, isIpv6 ? 'inet6' : 'inet', 128, 129, 0, null),
      tos: fc.oneof(fc.nat(255), fc.constantFrom<unknown>('EF', '0x10'), numbersAndJunk),
      protocol: fc.constantFrom<unknown>(84, '84', 'bgp', 3, null),
      scope: fc.oneof(fc.constantFrom<unknown>('global', 'link', 'host', 'nowhere'), numbersAndJunk),
      type: fc.oneof(fc.nat(13), fc.constantFrom<unknown>('unicast', 'local', 'x', null)),
      flags,
      table: fc.constantFrom<unknown>(100, '100', 254, null),
      src: fc.constantFrom<unknown>('fd07::/64', '::/0', '10.0.0.0/8', 'fd07::1', null, 7),
      priority: numbersAndJunk,
      gateway: gateways,
      via: gateways,
      oif: interfaces,
      prefsrc: fc.constantFrom<unknown>('10.0.0.1', 'fd00::1', '0.0.0.0', '::', '10.0.0.9', 'ff02::1', null),
      metrics: fc.oneof(
        withFields(fc.constant({}), Object.fromEntries(metrics.map((name) => [name, numbersAndJunk]))),
        fc.constantFrom<unknown>(null, 'x', {}, { ccAlgo: 'cubic' }, { ccAlgo: '' }, { hops: 1 }),
      ),
      encapType: fc.constantFrom<unknown>(2, null, 'x'),
      pref: fc.oneof(fc.constantFrom<unknown>('low', 'high', 'medium'), numbersAndJunk),
      realms,
      expires: fc.constantFrom<unknown>(100, 21474836, 21474837, 0xffffffff, 0, -1, 1.5, 'soon', null),
    },
    2,
  )
}

function toldHop(shown: Hop, hop: Hop | undefined): Hop {
  return {
    ...shown,
    flags: shown.flags & NexthopFlag.ONLINK,
    oif: hop?.oif === 0 ? 0 : shown.oif,
    ...(sameEncapsulation(hop?.encap, shown.encap) && hop?.encap !== undefined ? { encap: hop.encap } : {}),
  }
}

function told(shown: Route, normal: Route): Route {
  const { oif, expires, multipath, encap, ...rest } = shown
  const isDerived = normal.nhId !== undefined && shown.type === RouteType.BLACKHOLE && normal.type < RouteType.BLACKHOLE
  return {
    ...rest,
    type: isDerived ? normal.type : shown.type,
    flags: normal.nhId === undefined ? shown.flags & NexthopFlag.ONLINK : 0,
    ...(normal.oif === undefined || oif === undefined ? {} : { oif }),
    ...(encap === undefined ? {} : { encap: sameEncapsulation(normal.encap, encap) ? normal.encap! : encap }),
    ...(multipath === undefined
      ? {}
      : { multipath: multipath.map((hop, place) => toldHop(hop, normal.multipath?.[place])) }),
    // It runs.
    ...(expires === undefined
      ? {}
      : { expires: Math.abs(expires - (normal.expires ?? 0)) <= 2 ? normal.expires! : expires }),
  }
}

const rules = async () => routeOwner({ table: 100, protocol: 84 })

for (const isIpv6 of [false, true]) {
  const subject: FieldSubject<Route, DesiredEntry<Route>> = {
    setup,
    rules,
    wanted: (netns) => wanted(isIpv6, ifindex(netns, 'v0')),
    told,
    tries: 600,
  }
  const tests = suite(`fields of ${isIpv6 ? 'IPv6' : 'IPv4'} routes`)
  fieldCompliance(tests, subject)
  tests.run()
}
