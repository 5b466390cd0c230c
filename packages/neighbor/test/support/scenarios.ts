import { batch, type Step, show, state, until } from './netns.ts'

const neighbors: readonly Step[] = [
  'neigh add 10.0.0.2 lladdr 02:bb:00:00:00:01 dev v0',
  'neigh add 10.0.0.3 lladdr 02:bb:00:00:00:02 dev v0 nud stale',
  'neigh add 10.0.0.4 lladdr 02:bb:00:00:00:03 dev v0 nud permanent extern_learn',
  'neigh add 10.0.0.5 lladdr 02:bb:00:00:00:04 dev v0 nud noarp protocol 84',
  'neigh add 10.0.1.2 lladdr 02:bb:00:00:00:05 dev v1 nud permanent',
  'neigh add fd00:0::2 lladdr 02:bb:00:00:00:06 dev v0 router',
  'neigh add fd00:0::3 lladdr 02:bb:00:00:00:07 dev v0 nud stale extern_learn',
]

/** Sequences after which a table that follows notifications must be what the kernel's is, by name. */
export const neighborScenarios: Readonly<Record<string, readonly Step[]>> = {
  'added, replaced, changed, deleted and added again': [
    ...neighbors,
    'neigh replace 10.0.0.2 lladdr 02:bb:00:00:00:11 dev v0',
    'neigh replace 10.0.0.2 lladdr 02:bb:00:00:00:11 dev v0',
    'neigh change 10.0.0.2 dev v0 nud stale',
    'neigh replace 10.0.0.5 lladdr 02:bb:00:00:00:04 dev v0 nud permanent router',
    'neigh replace fd00:0::3 lladdr 02:bb:00:00:00:07 dev v0 nud stale',
    'neigh del 10.0.0.3 dev v0',
    'neigh add 10.0.0.3 lladdr 02:bb:00:00:00:22 dev v0',
    'neigh del 10.0.0.3 dev v0',
    'neigh del fd00:0::2 dev v0',
    'no neigh add 10.0.0.4 lladdr 02:bb:00:00:00:33 dev v0',
  ],
  'link down and up': [...neighbors, 'link set v0 down', 'link set v0 up'],
  'link deleted': [...neighbors, 'link del v0'],
  'link moved to another namespace': [...neighbors, 'link set v0 netns elsewhere'],
  'carrier lost and back': [
    ...neighbors,
    'link set p0 down',
    state('v0', 'LOWERLAYERDOWN'),
    'link set p0 up',
    state('v0', 'UP'),
  ],
  'hardware address of the link changed': [...neighbors, 'link set v0 address 02:11:11:11:11:11'],
  'arp switched off and on': [...neighbors, 'link set v0 arp off', 'link set v0 arp on'],
  'last address deleted': [...neighbors, 'addr del 10.0.0.1/24 dev v0'],
  flushed: [...neighbors, 'neigh flush dev v0', 'neigh flush nud permanent dev v0'],
  'made in silence, then found': [
    'neigh add 10.0.0.6 dev v0 nud none',
    'neigh add 10.0.0.7 dev v0 nud incomplete',
    'neigh add 10.0.0.8 dev v0 use',
    'neigh add 10.0.0.9 dev v0 managed extern_learn',
    'neigh del 10.0.0.6 dev v0',
    'neigh replace 10.0.0.9 dev v0 lladdr 02:bb:00:00:00:09 nud stale',
    'neigh replace 10.0.0.7 dev v0 lladdr 02:bb:00:00:00:07 nud reachable',
  ],
  'looked for in vain': [
    ...neighbors,
    'neigh replace 10.0.0.2 lladdr 02:bb:00:00:00:01 dev v0 nud probe',
    (netns) =>
      until('the kernel to give up', () =>
        show<{ state: string[] }>('ip', netns, 'neigh show 10.0.0.2 nud all').every(
          ({ state }) => state[0] === 'FAILED',
        ),
      ),
  ],
  'proxy entries beside real ones': [
    'neigh add proxy 10.0.0.9 dev v0',
    'neigh add proxy fd00:0::9 dev v0',
    'neigh add proxy 10.0.0.10 dev v1',
    'neigh add 10.0.0.9 lladdr 02:bb:00:00:00:09 dev v0',
    'link set v1 down',
  ],
  'of a bridge': [
    'addr add 10.9.0.1/24 dev br0',
    'neigh add 10.9.0.2 lladdr 02:bb:00:00:00:01 dev br0 nud noarp extern_learn',
    'neigh add 10.9.0.3 lladdr 02:bb:00:00:00:02 dev br0 nud noarp',
    'link del br0',
  ],
}

const ports: readonly Step[] = ['link set v1 master br0', 'link set v2 master br0', 'link set vx0 master br0']

const groups: readonly Step[] = [
  'nexthop add id 21 via 192.0.2.1 fdb',
  'nexthop add id 22 via 192.0.2.2 fdb',
  'nexthop add id 31 group 21/22 fdb',
  'nexthop add id 32 group 21 fdb',
  'nexthop add id 33 group 22 fdb',
  // Linux 6.1.192 and 7.2 refuse those by nexthop that are neither permanent nor static.
  'fdb add 02:bb:00:00:00:01 dev vx0 nhid 31 static',
  'fdb add 02:bb:00:00:00:02 dev vx0 nhid 32 static',
  'fdb add 02:bb:00:00:00:03 dev vx0 nhid 33',
  'fdb replace 02:bb:00:00:00:03 dev vx0 nhid 31',
  'fdb add 02:bb:00:00:00:04 dev vx0 nhid 33',
  'nexthop replace id 21 via 192.0.2.9 fdb',
  'nexthop del id 21',
  'nexthop del id 33',
]

const zero = '00:00:00:00:00:00'
const multicast = '01:00:5e:01:01:01'

const remotes: readonly Step[] = [
  ...[2, 3, 4].map((last) => `fdb append ${zero} dev vx0 dst 192.0.2.${last}`),
  `fdb append ${zero} dev vx0 dst 192.0.2.3 via v0`,
  `fdb append ${zero} dev vx0 dst 192.0.2.3 vni 20`,
  `fdb append ${zero} dev vx0 dst 192.0.2.3 vni 0`,
  `fdb append ${zero} dev vx0 dst 192.0.2.3 port 8472`,
  `no fdb append ${zero} dev vx0 dst 2001:db8::3`,
  `fdb append ${multicast} dev vx0 dst 192.0.2.2`,
  `fdb append ${multicast} dev vx0 dst 192.0.2.3`,
]

export const fdbScenarios: Readonly<Record<string, readonly Step[]>> = {
  'moved from port to port': [
    ...ports,
    'fdb add 02:bb:00:00:00:01 dev v1 master static',
    'fdb replace 02:bb:00:00:00:01 dev v2 master static',
    'fdb replace 02:bb:00:00:00:01 dev br0 self',
    'fdb add 02:bb:00:00:00:02 dev v1 master extern_learn',
    'fdb replace 02:bb:00:00:00:02 dev vx0 master extern_learn',
    'fdb add 02:bb:00:00:00:03 dev v1 master dynamic',
    'fdb add 02:bb:00:00:00:04 dev v1 master sticky static',
    'fdb add 02:bb:00:00:00:05 dev v1 master self extern_learn',
    'no fdb add 02:bb:00:00:00:01 dev v1 master',
    'fdb del 02:bb:00:00:00:02 dev vx0 master',
  ],
  'hardware address of a port changed': [
    'link add br1 type bridge',
    'link set br1 up',
    'link set v1 master br1',
    'link set v1 address 02:00:00:00:01:07',
    'link set v1 nomaster',
  ],
  'hardware address that two ports shared': [
    'link set v1 address 02:00:00:00:02:01',
    ...ports,
    'link set v2 address 02:00:00:00:02:09',
    'link set v1 nomaster',
  ],
  'bridge made with an address': ['link add br1 address 02:00:00:00:b1:01 type bridge', 'link set br1 up'],
  'port down': [
    ...ports,
    'fdb add 02:bb:00:00:00:03 dev v1 master dynamic',
    'fdb add 02:bb:00:00:00:04 dev v1 master static',
    'link set v1 down',
  ],
  'bridge down and up': [
    ...ports,
    'fdb add 02:bb:00:00:00:03 dev v1 master dynamic',
    'fdb add 02:bb:00:00:00:04 dev br0 self',
    'link set br0 down',
    'link set br0 up',
  ],
  'port out of the bridge': [...ports, 'fdb add 02:bb:00:00:00:04 dev v1 master static', 'link set v1 nomaster'],
  'bridge deleted': [
    ...ports,
    'fdb add 02:bb:00:00:00:04 dev v1 master static',
    'fdb add 02:bb:00:00:00:05 dev vx0 dst 192.0.2.5 self',
    'link del br0',
  ],
  'port deleted': [...ports, 'fdb add 02:bb:00:00:00:04 dev v1 master static', 'link del v1'],
  flushed: [
    ...ports,
    'fdb add 02:bb:00:00:00:04 dev v1 master static',
    'fdb add 02:bb:00:00:00:05 dev v2 master',
    'fdb add 02:bb:00:00:00:06 dev vx0 dst 192.0.2.6 self',
    'fdb flush dev v1 master',
    'fdb flush dev br0',
    'fdb flush dev vx0',
  ],
  aged: [
    ...ports,
    'fdb add 02:bb:00:00:00:03 dev v1 master dynamic',
    'fdb add 02:bb:00:00:00:02 dev v1 master extern_learn',
    'link set br0 type bridge ageing_time 100',
    (netns) =>
      until(
        'the entry to age',
        () => !show<{ mac: string }>('bridge', netns, 'fdb').some(({ mac }) => mac === '02:bb:00:00:00:03'),
      ),
  ],
  'address lists of interfaces': [
    'fdb add 02:bb:00:00:00:07 dev v1 self',
    'fdb add 01:00:5e:00:00:09 dev v1 self',
    'link add m0 link v1 type macvlan mode bridge',
    'link set m0 up',
    'link set m0 down',
    'fdb del 02:bb:00:00:00:07 dev v1 self',
    'link del m0',
  ],
  'remotes of a vxlan': [...remotes, `fdb del ${zero} dev vx0 dst 192.0.2.3`, `fdb del ${multicast} dev vx0`],
  'all remotes of a vxlan change their state': [...remotes, `fdb append ${zero} dev vx0 dst 192.0.2.9 static`],
  'unicast entries of a vxlan': [
    'fdb add 02:bb:00:00:00:01 dev vx0 dst 192.0.2.1',
    'fdb append 02:bb:00:00:00:01 dev vx0 dst 192.0.2.2',
    'fdb replace 02:bb:00:00:00:01 dev vx0 dst 192.0.2.3',
    'fdb replace 02:bb:00:00:00:01 dev vx0 dst 192.0.2.3 static extern_learn',
    'fdb add 02:bb:00:00:00:02 dev vx0 dst 192.0.2.1 dynamic',
    'fdb add 02:bb:00:00:00:03 dev vx0 dst 192.0.2.1 vni 77',
    'link set vx0 down',
    'link set vx0 up',
  ],
  'remotes of a vxlan over IPv6': [
    'link add vx1 type vxlan id 11 dstport 4789 local fd00:0::1 nolearning',
    'link set vx1 up',
    `fdb append ${zero} dev vx1 dst 2001:db8::1`,
    `fdb append ${zero} dev vx1 dst 2001:db8::2`,
    'fdb add 02:bb:00:00:00:01 dev vx1 dst 2001:db8::1',
    'fdb replace 02:bb:00:00:00:01 dev vx1 dst 2001:db8::2',
    `fdb del ${zero} dev vx1 dst 2001:db8::1`,
  ],
  'groups of nexthops deleted': groups,
  'all nexthops flushed': [...groups, 'nexthop flush'],
  'vxlan with many VNIs': [
    'link add vx1 type vxlan external dstport 4790',
    'link set vx1 up',
    'nexthop add id 21 via 192.0.2.1 fdb',
    'nexthop add id 31 group 21 fdb',
    'fdb add 02:bb:00:00:00:01 dev vx1 dst 192.0.2.1 src_vni 100 vni 200',
    'fdb add 02:bb:00:00:00:01 dev vx1 dst 192.0.2.1 src_vni 101',
    'fdb add 02:bb:00:00:00:02 dev vx1 nhid 31 src_vni 100',
    'fdb add 02:bb:00:00:00:02 dev vx1 nhid 31 src_vni 101',
    `fdb append ${zero} dev vx1 dst 192.0.2.1 src_vni 100`,
    `fdb append ${zero} dev vx1 dst 192.0.2.1 src_vni 101`,
    `fdb append ${zero} dev vx1 dst 192.0.2.2 src_vni 101 static`,
    'fdb del 02:bb:00:00:00:01 dev vx1 src_vni 101',
    'nexthop del id 31',
  ],
  'link below a vxlan deleted': [
    'link add vx1 type vxlan id 11 dstport 4789 remote 192.0.2.50 dev v1',
    'link set vx1 up',
    'link set vx1 type vxlan id 11 remote 192.0.2.51 dev v1',
    `fdb append ${zero} dev vx1 dst 192.0.2.52`,
    'link del v1',
  ],
  'vxlan deleted': [...remotes, ...groups, 'link del vx0'],
  'vxlan moved away and back': [
    ...remotes,
    'fdb add 02:bb:00:00:00:01 dev vx0 dst 192.0.2.1',
    'link set vx0 netns elsewhere',
    (netns) => batch('ip', 'elsewhere', [`link set vx0 netns ${netns}`]),
  ],
  // The last one that moves it: there it is gone some time after its own namespace.
  'vxlan moved to another namespace': [...ports, ...remotes, ...groups, 'link set vx0 netns elsewhere'],
}
