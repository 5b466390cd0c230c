import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lineText } from '../src/line-module.ts'
import { InterfaceNames } from '../src/tables/interface-names.ts'
import { nexthopModule } from '../src/tables/nexthop.ts'

const text = suite('text of nexthops')
const names = new InterfaceNames([[4, 'v0']])
const plain = { family: 2, scope: 0, protocol: 0, flags: 0 }

// The expected lines are what `ip nexthop` of iproute2 6.1 printed for these, less the spaces at the end.
const cases: [line: string, entry: Parameters<typeof nexthopModule.words>[0]][] = [
  ['id 1 via 10.0.0.2 dev v0 scope link', { ...plain, id: 1, scope: 253, oif: 4, gateway: '10.0.0.2' }],
  [
    'id 2 via 10.9.9.9 dev v0 scope link onlink',
    { ...plain, id: 2, scope: 253, flags: 4, oif: 4, gateway: '10.9.9.9' },
  ],
  ['id 3 dev v0 scope host proto static', { ...plain, id: 3, scope: 254, protocol: 4, oif: 4 }],
  ['id 5 blackhole proto 84', { ...plain, id: 5, blackhole: true, protocol: 84 }],
  [
    'id 6 via fd00::2 dev if9 scope 77 proto bgp',
    { ...plain, id: 6, scope: 77, protocol: 186, oif: 9, gateway: 'fd00::2' },
  ],
  ['id 20 via 192.0.2.1 scope link fdb', { ...plain, id: 20, scope: 253, fdb: true, gateway: '192.0.2.1' }],
  [
    'id 22 group 20,200/21 proto zebra fdb',
    {
      ...plain,
      id: 22,
      protocol: 11,
      fdb: true,
      groupType: 0,
      group: [
        { id: 20, weight: 200 },
        { id: 21, weight: 1 },
      ],
    },
  ],
  [
    'id 11 group 1 type resilient buckets 32 idle_timer 60 unbalanced_timer 4.29497e+07 unbalanced_time 0.25',
    {
      ...plain,
      id: 11,
      groupType: 1,
      group: [{ id: 1, weight: 1 }],
      resGroup: { buckets: 32, idleTimer: 6000, unbalancedTimer: 4294967295, unbalancedTime: 25 },
    },
  ],
  ['id 12 group 1 type <unknown type>', { ...plain, id: 12, groupType: 9, group: [{ id: 1, weight: 1 }] }],
  [
    'id 30 encap seg6 mode encap segs 2 [ fd00::9 fd00::8 ] via fd00::2 dev v0 scope link',
    {
      ...plain,
      id: 30,
      scope: 253,
      oif: 4,
      gateway: 'fd00::2',
      encapType: 5,
      encap: { mode: 1, segs: ['fd00::9', 'fd00::8'] },
    },
  ],
  [
    'id 31 encap ip id 5 src 0.0.0.0 dst 10.0.0.9 ttl 0 tos 0 key csum scope link',
    {
      ...plain,
      id: 31,
      scope: 253,
      encapType: 2,
      encap: { id: 5, dst: '10.0.0.9', src: '0.0.0.0', tos: 0, ttl: 0, flags: 5 },
    },
  ],
  ['id 32 encap mpls 100/200 ttl 3', { ...plain, id: 32, encapType: 1, encap: { dst: [100, 200], ttl: 3 } }],
  ['id 33 encap bpf 0a0b', { ...plain, id: 33, encapType: 6, encap: '0a0b' }],
]

for (const [line, entry] of cases) text(line, () => assert.is(lineText(nexthopModule, entry, names), line))

text.run()
