import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lineText } from '../src/line-module.ts'
import { InterfaceNames } from '../src/tables/interface-names.ts'
import { routeModule } from '../src/tables/route.ts'

const text = suite('text of routes')
const names = new InterfaceNames([
  [1, 'lo'],
  [3, 'v0'],
  [5, 'v1'],
])
const ipv4 = { family: 2, tos: 0, protocol: 3, scope: 0, type: 1, flags: 0, table: 254 }
const ipv6 = { ...ipv4, family: 10, priority: 1024, pref: 0 }

// The expected lines are what `ip -o route show table all` of iproute2 6.1 printed for these, less the backslashes and
// superfluous spaces.
const cases: [line: string, entry: Parameters<typeof routeModule.words>[0]][] = [
  [
    'default via 10.0.0.2 dev v0 proto static metric 100',
    { ...ipv4, dst: '0.0.0.0/0', gateway: '10.0.0.2', oif: 3, protocol: 4, priority: 100 },
  ],
  [
    '10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1',
    { ...ipv4, dst: '10.0.0.0/24', oif: 3, protocol: 2, scope: 253, prefsrc: '10.0.0.1' },
  ],
  [
    'local 10.0.0.1 dev v0 table local proto kernel scope host src 10.0.0.1',
    { ...ipv4, type: 2, table: 255, dst: '10.0.0.1/32', oif: 3, protocol: 2, scope: 254, prefsrc: '10.0.0.1' },
  ],
  [
    '10.5.0.0/16 nexthop via 10.0.0.2 dev v0 weight 3 nexthop via 10.1.0.2 dev v1 weight 1 onlink linkdown',
    {
      ...ipv4,
      dst: '10.5.0.0/16',
      multipath: [
        { oif: 3, flags: 0, weight: 3, gateway: '10.0.0.2' },
        { oif: 5, flags: 0x14, weight: 1, gateway: '10.1.0.2' },
      ],
    },
  ],
  [
    '10.6.0.0/16 via 10.0.0.2 dev v0 src 10.0.0.1 mtu lock 1400 window 5 rtt 12ms rttvar 300ms advmss 1300 hoplimit 9 ' +
      'initcwnd 10 features ecn rto_min lock 2s quickack 1 congctl cubic',
    {
      ...ipv4,
      dst: '10.6.0.0/16',
      gateway: '10.0.0.2',
      oif: 3,
      prefsrc: '10.0.0.1',
      metrics: {
        lock: 0x2004,
        mtu: 1400,
        window: 5,
        rtt: 100,
        rttvar: 1200,
        advmss: 1300,
        hoplimit: 9,
        initcwnd: 10,
        features: 1,
        rtoMin: 2000,
        quickack: 1,
        ccAlgo: 'cubic',
      },
    },
  ],
  ['blackhole 10.7.0.0/16 tos 0x10', { ...ipv4, type: 6, dst: '10.7.0.0/16', tos: 0x10 }],
  ['unreachable 10.8.0.1', { ...ipv4, type: 7, dst: '10.8.0.1/32' }],
  ['prohibit 10.9.0.0/16 table 100', { ...ipv4, type: 8, dst: '10.9.0.0/16', table: 100 }],
  ['throw 10.10.0.0/16 table 300 realms 5/7', { ...ipv4, type: 9, dst: '10.10.0.0/16', table: 300, realms: 0x50007 }],
  [
    '10.11.0.0/16 via inet6 fd00::2 dev v0 realm 9',
    { ...ipv4, dst: '10.11.0.0/16', via: 'fd00::2', oif: 3, realms: 9 },
  ],
  [
    '10.12.0.0/16 nexthop via inet6 fd00::2 realm 4 dev v0 weight 1 ' +
      'nexthop encap ip id 5 src 0.0.0.0 dst 10.0.0.9 ttl 0 tos 0 via 10.1.0.2 dev v1 weight 1 linkdown',
    {
      ...ipv4,
      dst: '10.12.0.0/16',
      multipath: [
        { oif: 3, flags: 0, weight: 1, via: 'fd00::2', realms: 4 },
        {
          oif: 5,
          flags: 0x10,
          weight: 1,
          gateway: '10.1.0.2',
          encapType: 2,
          encap: { id: 5, src: '0.0.0.0', dst: '10.0.0.9', ttl: 0, tos: 0 },
        },
      ],
    },
  ],
  [
    '10.14.0.0/16 via 10.0.0.2 dev v0 table default',
    { ...ipv4, dst: '10.14.0.0/16', gateway: '10.0.0.2', oif: 3, table: 253 },
  ],
  ['10.16.0.0/16 nhid 10 proto bgp', { ...ipv4, dst: '10.16.0.0/16', nhId: 10, protocol: 186 }],
  ['multicast 239.0.0.0/8 dev v0 scope link', { ...ipv4, type: 5, dst: '239.0.0.0/8', oif: 3, scope: 253 }],
  [
    'prohibit fd09::/64 dev lo table 77 metric 1024 pref medium',
    { ...ipv6, type: 8, dst: 'fd09::/64', oif: 1, table: 77 },
  ],
  [
    'fd05::/64 via fd00::2 dev v0 metric 1024 expires 98sec pref high',
    { ...ipv6, dst: 'fd05::/64', gateway: 'fd00::2', oif: 3, expires: 98, pref: 1 },
  ],
  [
    'fd06::/64 metric 1024 pref medium nexthop via fd00::2 dev v0 weight 1 nexthop via fd01::2 dev v1 weight 4 linkdown',
    {
      ...ipv6,
      dst: 'fd06::/64',
      multipath: [
        { oif: 3, flags: 0, weight: 1, gateway: 'fd00::2' },
        { oif: 5, flags: 0x10, weight: 4, gateway: 'fd01::2' },
      ],
    },
  ],
  [
    'fd0a::/64 from fd00:1::/48 via fd00::2 dev v0 metric 1024 pref medium',
    { ...ipv6, dst: 'fd0a::/64', src: 'fd00:1::/48', gateway: 'fd00::2', oif: 3 },
  ],
  [
    'fd0c::/64 encap seg6 mode encap segs 2 [ fd00::9 fd00::8 ] via fd00::2 dev v0 metric 1024 pref medium',
    {
      ...ipv6,
      dst: 'fd0c::/64',
      gateway: 'fd00::2',
      oif: 3,
      encapType: 5,
      encap: { mode: 1, segs: ['fd00::9', 'fd00::8'] },
    },
  ],
  [
    'default via fd00::2 dev v0 metric 5 pref low',
    { ...ipv6, dst: '::/0', gateway: 'fd00::2', oif: 3, priority: 5, pref: 3 },
  ],
  [
    'local ::1 dev lo table local proto kernel metric 0 pref medium',
    { ...ipv6, type: 2, table: 255, dst: '::1/128', oif: 1, protocol: 2, priority: 0 },
  ],
]

// `ip -o -f mpls route` on Linux 6.12, but for its `ttl-propogate`, which it does not take where a route is added.
const mpls = { ...ipv4, family: 28 }
const ofLabels: typeof cases = [
  ['100 as to 200/300 via inet 10.0.0.2 dev v0', { ...mpls, dst: '100', newdst: [200, 300], via: '10.0.0.2', oif: 3 }],
  ['101 via inet6 fd00::2 dev v0', { ...mpls, dst: '101', via: 'fd00::2', oif: 3 }],
  [
    '103 as to 201 via inet 10.0.0.2 dev v0 proto 84 dead linkdown ttl-propagate enabled',
    { ...mpls, protocol: 84, dst: '103', newdst: [201], via: '10.0.0.2', oif: 3, flags: 17, ttlPropagate: 1 },
  ],
  ['107 via link 02:00:00:00:00:01 dev v0', { ...mpls, dst: '107', via: '02:00:00:00:00:01', oif: 3 }],
  [
    '105 nexthop as to 400 via inet 10.0.0.2 dev v0 nexthop via inet6 fd00::2 dev v0',
    {
      ...mpls,
      dst: '105',
      multipath: [
        { flags: 0, oif: 3, weight: 1, newdst: [400], via: '10.0.0.2' },
        { flags: 0, oif: 3, weight: 1, via: 'fd00::2' },
      ],
    },
  ],
]
for (const [line, entry] of ofLabels) text(line, () => assert.is(lineText(routeModule, entry, names), line))

for (const [line, entry] of cases) text(line, () => assert.is(lineText(routeModule, entry, names), line))

text('classes of service', () => {
  // As in /etc/iproute2/rt_dsfield.
  const classes: [tos: number, name: string][] = [
    [0x28, 'AF11'],
    [0x98, 'AF43'],
    [0x20, 'CS1'],
    [0xe0, 'CS7'],
    [0xb8, 'EF'],
    [0x08, '0x08'],
    [0xa8, '0xa8'],
    [0x29, '0x29'],
  ]
  for (const [tos, name] of classes) {
    assert.is(lineText(routeModule, { ...ipv4, dst: '10.0.0.0/8', tos }, names), `10.0.0.0/8 tos ${name}`)
  }
})

text('a hop for which the kernel is to find the interface has none', () => {
  const multipath = [{ oif: 0, flags: 0, weight: 2, gateway: '10.0.0.2' }]
  assert.is(
    lineText(routeModule, { ...ipv4, dst: '10.5.0.0/16', multipath }, names),
    '10.5.0.0/16 nexthop via 10.0.0.2 weight 2',
  )
})

text.run()
