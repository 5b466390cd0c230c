import { noInterfaces, unresolvedInterface } from '@rtnl/reconcile'
import { normalizeRoute, type Route, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const fields = suite('fields of wanted routes')

const context = { ifindex: (name: string) => (name === 'v0' ? 3 : name === 'lo' ? 1 : unresolvedInterface) }
const normal = (entry: object, table = 100): Route =>
  normalizeRoute(entry as Partial<Route>, { table, protocol: 84 }, context)

const ipv4 = { family: 2, tos: 0, protocol: 84, scope: 0, type: 1, flags: 0, table: 100, dst: '20.0.0.0/24' }
const ipv6 = { ...ipv4, family: 10, dst: 'fd20::/64', priority: 1024, pref: 0 }
const four = { dst: '20.0.0.0/24', gateway: '10.0.0.2' }
const six = { dst: 'fd20::/64', gateway: 'fd00::2' }

// What Linux 6.18 shows of requests with these values, sent without a check.
const forms: readonly [what: string, entry: object, shown: object][] = [
  [
    'a metric of 0 is none',
    { ...four, metrics: { mtu: 0, hoplimit: 0, lock: 0, window: 0 } },
    { ...ipv4, gateway: '10.0.0.2' },
  ],
  [
    'metrics have ends',
    { ...four, metrics: { mtu: 65521, advmss: 0xffffffff, hoplimit: 256, rtt: 0xffffffff } },
    { ...ipv4, gateway: '10.0.0.2', metrics: { mtu: 65520, advmss: 65495, hoplimit: 255, rtt: 0xffffffff } },
  ],
  ['the realm 0 is none', { ...four, realms: 0 }, { ...ipv4, gateway: '10.0.0.2' }],
  ['two realms', { ...four, realms: '1/cosmos' }, { ...ipv4, gateway: '10.0.0.2', realms: 65536 }],
  ['the gateway 0.0.0.0 is none', { dst: '20.0.0.0/24', gateway: '0.0.0.0', oif: 3 }, { ...ipv4, scope: 253, oif: 3 }],
  ['the source 0.0.0.0 is none', { ...four, prefsrc: '0.0.0.0' }, { ...ipv4, gateway: '10.0.0.2' }],
  ['the source :: is none', { ...six, prefsrc: '::' }, { ...ipv6, gateway: 'fd00::2' }],
  ['the source prefix ::/0 is none', { ...six, src: '::/0' }, { ...ipv6, gateway: 'fd00::2' }],
  ['realms of a dead end', { dst: '20.0.0.0/24', type: 6, realms: 3 }, { ...ipv4, type: 6, realms: 3 }],
  ['the loopback of an IPv6 dead end', { dst: 'fd20::/64', type: 7, oif: 1 }, { ...ipv6, type: 7 }],
  ['the same by name', { dst: 'fd20::/64', type: 'unreachable', oif: 'lo' }, { ...ipv6, type: 7 }],
  ['a lifetime', { ...six, expires: 100 }, { ...ipv6, gateway: 'fd00::2', expires: 100 }],
  [
    'flags that only the kernel sets',
    { ...four, flags: ['onlink', 'linkdown', 'dead'] },
    { ...ipv4, gateway: '10.0.0.2', flags: 4 },
  ],
  ['flags of a nexthop object', { dst: '20.0.0.0/24', nhId: 7, flags: 4, scope: 'global' }, { ...ipv4, nhId: 7 }],
  [
    'names',
    { ...four, oif: 'v0', protocol: '84', table: '100', scope: 'global', type: 'unicast', tos: 'AF11', family: 'inet' },
    { ...ipv4, tos: 40, gateway: '10.0.0.2', oif: 3 },
  ],
  ['default of a family', { dst: 'default', family: 'inet6', oif: 'v0' }, { ...ipv6, dst: '::/0', oif: 3 }],
  ['default by a gateway', { dst: 'default', gateway: '10.0.0.2' }, { ...ipv4, dst: '0.0.0.0/0', gateway: '10.0.0.2' }],
  ['a host', { dst: '20.0.0.1', gateway: '10.0.0.2' }, { ...ipv4, dst: '20.0.0.1/32', gateway: '10.0.0.2' }],
  ['an IPv6 host', { dst: 'FD20::1', gateway: 'fd00::2' }, { ...ipv6, dst: 'fd20::1/128', gateway: 'fd00::2' }],
  [
    'one hop is none',
    { dst: '20.0.0.0/24', multipath: [{ gateway: '10.0.0.2', oif: 'v0', weight: 7, realms: 2 }] },
    { ...ipv4, gateway: '10.0.0.2', oif: 3, realms: 2 },
  ],
  [
    'hops',
    {
      dst: '20.0.0.0/24',
      multipath: [
        { gateway: 'fd00::2', oif: 3, flags: 'onlink' },
        { gateway: '0.0.0.0', oif: 1 },
      ],
    },
    {
      ...ipv4,
      multipath: [
        { flags: 4, oif: 3, weight: 1, via: 'fd00::2' },
        { flags: 0, oif: 1, weight: 1 },
      ],
    },
  ],
]

for (const [what, entry, shown] of forms) {
  fields(`take the kernel's form: ${what}`, () => {
    assert.equal(normal(entry), shown)
    assert.equal(normal(normal(entry)), shown, 'what was read can be written')
  })
}

fields('local routes in the table of the kernel', () => {
  const local = { dst: '20.0.0.1/32', type: 'local', oif: 'v0', table: 'local' }
  assert.equal(normal(local, 255), { ...ipv4, dst: '20.0.0.1/32', type: 2, scope: 254, table: 255, oif: 3 })
})

fields('an interface that is not there is no error', () => {
  assert.is(routeOwner({ table: 100, protocol: 84 }).normalize({ ...four, oif: 'eth9' }, noInterfaces).oif, 0x7fffffff)
})

const many = (count: number, gateway: (place: number) => string, more: object = {}) =>
  Array.from({ length: count }, (_, place) => ({ gateway: gateway(place), oif: 3, ...more }))
const gateway4 = (place: number): string => `10.${place >> 8}.${place & 255}.1`
const gateway6 = (place: number): string => `fd00::${place.toString(16)}`
const tunnel = { encapType: 'ip', encap: { id: 5, dst: '10.0.0.9' } }
const tunnel6 = { encapType: 'ip6', encap: { id: 5, dst: 'fd00::9' } }

// The most ways with which Linux 6.18 still showed the routes behind such a one, found by bisection.
for (const [what, most, entry] of [
  ['IPv4', 2025, (count: number) => ({ dst: '20.0.0.0/24', multipath: many(count, gateway4) })],
  ['IPv4 by IPv6', 1012, (count: number) => ({ dst: '20.0.0.0/24', multipath: many(count, gateway6) })],
  [
    'realms',
    1349,
    (count: number) => ({ dst: '20.0.0.0/24', priority: 7, multipath: many(count, gateway4, { realms: 4 }) }),
  ],
  ['tunnels', 405, (count: number) => ({ dst: '20.0.0.0/24', multipath: many(count, gateway4, tunnel) })],
  ['IPv6 tunnels', 311, (count: number) => ({ dst: '20.0.0.0/24', multipath: many(count, gateway4, tunnel6) })],
  ['IPv6', 1154, (count: number) => ({ dst: 'fd20::/64', multipath: many(count, gateway6) })],
  [
    'IPv6 with metrics',
    1153,
    (count: number) => ({
      dst: 'fd20::/64',
      prefsrc: 'fd00::1',
      metrics: { mtu: 1400, hoplimit: 7 },
      multipath: many(count, gateway6),
    }),
  ],
] as const) {
  fields(`no more ways than a dump can hold: ${what}`, () => {
    assert.is(normal(entry(most)).multipath?.length, most)
    assert.throws(
      () => normal(entry(most + 1)),
      (error: Error) =>
        new RegExp(`^route.multipath: ${most + 1} ways make a message of \\d+ bytes; the kernel cannot show more`).test(
          error.message,
        ),
    )
  })
}

// Beyond the types: programs in JavaScript, and data from files.
const refused: readonly [entry: object, message: string][] = [
  [{ dst: 'x'.repeat(3e6) }, `dst: "${'x'.repeat(61)}..." is not an IPv4 or IPv6 address`],
  [{ dst: `${'1'.repeat(3e6)}/8`, oif: 3 }, `dst: "${'1'.repeat(61)}..." is not an IPv4 or IPv6 address`],
  [{ dst: '20.0.0.0/08', oif: 3 }, 'dst: "20.0.0.0/08" is not a prefix such as 10.0.0.0/8'],
  [{ dst: 'default', oif: 3 }, 'dst: default needs family beside it: 2 (inet) or 10 (inet6)'],
  [{ dst: Object.create(null) }, 'dst: an object is not a text'],
  [{ ...four, family: 128 }, 'family: 128 is not 2 (inet) or 10 (inet6)'],
  [{ ...four, gateway: null }, 'gateway: null is not a text'],
  [{ ...four, gateway: '::' }, 'gateway: :: is no gateway'],
  [{ ...six, gateway: '::' }, 'gateway: :: is no gateway'],
  [{ ...four, via: 'fd00::1' }, 'via: cannot stand beside gateway'],
  [{ ...four, flags: 'x' }, 'flags: "x" is not 4 (onlink)'],
  [{ ...four, flags: {} }, 'flags: an object is not a number'],
  [{ ...four, flags: 1.5 }, 'flags: 1.5 is not a whole number in 0..4294967295'],
  [{ ...four, flags: '4' }, 'flags: "4" is not 4 (onlink)'],
  [{ ...four, flags: 2 }, 'flags: 2 is not 4 (onlink)'],
  [{ ...four, flags: 0x800 }, 'flags: 2048 is not 4 (onlink)'],
  [{ ...four, expires: 5 }, 'expires: only IPv6 routes have one'],
  [{ ...six, expires: 'soon' }, 'expires: "soon" is not a number'],
  [{ ...six, expires: -1 }, 'expires: -1 is not a whole number in 1..21474836'],
  [{ ...six, expires: 0xffffffff }, 'expires: 4294967295 is not a whole number in 1..21474836'],
  [{ ...six, expires: null }, 'expires: null is not a number'],
  [{ dst: 'fd20::/64', type: 6, expires: 5 }, 'expires: a route that goes nowhere stays'],
  [{ ...six, scope: 253 }, 'scope: 253: that of IPv6 routes is 0'],
  [{ ...six, scope: 'junk' }, 'scope: "junk" is not the name of a scope'],
  [{ ...six, realms: 1 }, 'realms: only IPv4 routes have them'],
  [{ ...six, pref: 2 }, 'pref: 2 is not 0 (medium), 1 (high) or 3 (low)'],
  [{ ...six, pref: 4 }, 'pref: 4 is not 0 (medium), 1 (high) or 3 (low)'],
  [{ ...four, pref: 0 }, 'pref: only IPv6 routes have one'],
  [{ ...four, src: '10.0.0.0/8' }, 'src: only IPv6 routes have one'],
  [{ ...six, src: '10.0.0.0/8' }, 'src: 10.0.0.0/8 is not of the family of the route'],
  [{ ...four, prefsrc: 'fd00::1' }, 'prefsrc: fd00::1 is not of the family of the route'],
  [{ ...four, realms: '1/2/3' }, 'realms: "1/2/3" is not one realm or two'],
  [{ ...four, encapType: 2 }, 'encapType: 2 needs encap beside it, which the kernel would leave out'],
  [{ ...four, metrics: { hops: 3 } }, 'metrics.hops: there is no such field'],
  [{ ...four, metrics: { mtu: -1 } }, 'metrics.mtu: -1 is not a whole number in 0..4294967295'],
  [{ ...four, type: 0 }, 'type: 0 is not a whole number in 1..11'],
  [{ ...four, type: 12 }, 'type: 12 is not a whole number in 1..11'],
  [{ ...four, dev: 'v0' }, 'dev: there is no such field; it is called oif'],
  [{ dst: '20.0.0.0/24', type: 6, oif: 3 }, 'oif: a route that goes nowhere has none'],
  [{ dst: '20.0.0.0/24', type: 6, oif: 'junk' }, 'oif: a route that goes nowhere has none'],
  [{ dst: 'fd20::/64', type: 6, oif: 3 }, 'oif: 3: a route that goes nowhere has none but the loopback, 1'],
  [{ dst: 'fd20::/64', type: 6, pref: 1 }, 'pref: 1: a route that goes nowhere has 0'],
  [{ dst: '20.0.0.0/24', type: 6, gateway: '10.0.0.2' }, 'gateway: a route that goes nowhere has none'],
  [{ dst: '20.0.0.0/24', nhId: 0 }, 'nhId: 0 is not a whole number in 1..4294967295'],
  [{ dst: '20.0.0.0/24', nhId: 7, realms: 3 }, 'realms: cannot stand beside nhId'],
  [
    { dst: '20.0.0.0/24', nhId: 7, type: 7 },
    'type: 7 cannot stand beside nhId, of which the kernel makes at most 6 (blackhole)',
  ],
  [{ dst: '20.0.0.0/24', multipath: [] }, 'multipath: a multipath route has at least one hop'],
  [{ dst: '20.0.0.0/24', multipath: ['abc'] }, 'multipath[0]: "abc" is not an object'],
  [{ dst: '20.0.0.0/24', multipath: [{ oif: 3, weight: 'heavy' }] }, 'multipath[0].weight: "heavy" is not a number'],
  [{ dst: '20.0.0.0/24', multipath: [{ oif: 3, flags: 'x' }] }, 'multipath[0].flags: "x" is not 4 (onlink)'],
  [{ dst: '20.0.0.0/24', multipath: [{ oif: 3 }, { oif: 1 }], realms: 3 }, 'realms: cannot stand beside multipath'],
  [
    { dst: '20.0.0.0/24', multipath: [{ oif: 3 }, { oif: 1 }], flags: 4 },
    'flags: 4: they belong to the hops of multipath',
  ],
  [JSON.parse('{"dst": "20.0.0.0/24", "__proto__": {"nhId": 3}}'), '__proto__: there is no such field'],
]

for (const [entry, message] of refused) {
  fields(`are refused: ${message}`, () => {
    assert.throws(
      () => normal(entry),
      (error: Error) => {
        assert.ok(error instanceof TypeError || error instanceof RangeError)
        assert.is(error.message, `route.${message}`)
        return true
      },
    )
  })
}

fields('what an entry inherits does not count', () => {
  assert.equal(normal(Object.assign(Object.create({ nhId: 3, metrics: { mtu: 3 } }), four)), {
    ...ipv4,
    gateway: '10.0.0.2',
  })
})

fields.run()
