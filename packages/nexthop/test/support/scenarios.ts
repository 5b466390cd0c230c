import type { Step } from './ip.ts'

/** Singles 1, 3 and 6 on v0, 2 and 7 on v1, blackhole 4, and groups of them. */
export const nexthops: readonly Step[] = [
  'nexthop add id 1 via 10.0.0.2 dev v0',
  'nexthop add id 2 via 10.0.1.2 dev v1',
  'nexthop add id 3 via 10.0.0.3 dev v0',
  'nexthop add id 4 blackhole',
  'nexthop add id 6 via fd00:0::6 dev v0',
  'nexthop add id 7 via fd00:1::7 dev v1',
  'nexthop add id 11 group 1/2',
  'nexthop add id 12 group 1/3,5',
  'nexthop add id 13 group 4',
  'nexthop add id 14 group 1',
  'nexthop add id 15 group 6/7',
  'nexthop add id 16 group 6',
]

/** Sequences after which a table that follows notifications must be what the kernel's is, by name. */
export const scenarios: Readonly<Record<string, readonly Step[]>> = {
  'link down': ['link set v0 down'],
  'link down and up': [
    'link set v0 down',
    'link set v0 up',
    'state v0 UP',
    'nexthop add id 1 via 10.0.0.9 dev v0',
    'nexthop replace id 11 group 1/2',
  ],
  'link deleted': ['link del v0'],
  'link moved to another namespace': ['link set v0 netns elsewhere'],
  'carrier lost': ['link set p0 down', 'state v0 LOWERLAYERDOWN', 'no nexthop add id 1 via 10.0.0.2 dev v0'],
  'carrier lost and back': ['link set p0 down', 'state v0 LOWERLAYERDOWN', 'link set p0 up', 'state v0 UP'],
  'two links down': ['link set v1 down', 'link set v0 down', 'link set v1 up'],
  'loopback down': ['link set lo down', 'link set lo up'],
  'addresses flushed': ['addr flush dev v0'],
  'single deleted': ['nexthop del id 1'],
  'singles deleted until groups are empty': [
    'nexthop del id 3',
    'nexthop del id 1',
    'nexthop del id 6',
    'nexthop del id 2',
  ],
  'groups deleted': ['nexthop del id 11', 'nexthop del id 15'],
  'singles replaced': [
    'nexthop replace id 1 via 10.0.1.99 dev v1',
    'nexthop replace id 6 via fd00:1::66 dev v1 proto 84',
    'nexthop replace id 3 via 10.0.0.33 dev v0',
  ],
  'blackholes replaced, then link down': [
    'nexthop replace id 4 via 10.0.0.4 dev v0',
    'nexthop add id 5 blackhole',
    'nexthop replace id 5 dev v1',
    'link set v0 down',
  ],
  'replaced to another link, then the first one down': [
    'nexthop replace id 1 via 10.0.1.99 dev v1',
    'nexthop replace id 3 via 10.0.1.33 dev v1',
    'nexthop replace id 6 via fd00:1::66 dev v1',
    'link set v0 down',
  ],
  'groups replaced': [
    'nexthop replace id 11 group 2/3,7',
    'nexthop replace id 15 group 7',
    'nexthop replace id 14 group 2',
    'no nexthop replace id 11 via 10.0.0.2 dev v0',
    'nexthop replace id 12 group 1,256/3,200',
  ],
  'id used again by the other kind': [
    'nexthop del id 1',
    'nexthop add id 1 group 2/3',
    'nexthop del id 11',
    'nexthop add id 11 via 10.0.1.9 dev v1',
  ],
  'fdb flag comes and goes': [
    'nexthop add id 20 via 192.0.2.1 fdb',
    'nexthop replace id 20 via 10.0.0.20 dev v0',
    'nexthop replace id 20 via 192.0.2.2 fdb',
    'nexthop add id 21 group 20 fdb',
    'no nexthop replace id 20 via 10.0.0.20 dev v0',
    'nexthop replace id 20 via 192.0.2.3 fdb',
  ],
  'all flushed': ['nexthop flush'],
  'one protocol flushed': [
    'nexthop add id 30 via 10.0.0.30 dev v0 proto 84',
    'nexthop add id 31 group 30/1 proto 84',
    'nexthop flush proto 84',
  ],
  'resilient group': [
    'nexthop add id 18 group 1/2 type resilient buckets 8 idle_timer 1',
    'nexthop replace id 18 group 1/2,3/3 type resilient buckets 8 idle_timer 1 unbalanced_timer 10',
    'no nexthop replace id 18 group 1/2',
    'nexthop replace id 1 via 10.0.0.77 dev v0',
    'nexthop del id 3',
    'link set v0 down',
  ],
}
