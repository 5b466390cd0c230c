import { execFileSync } from 'node:child_process'
import { ifindex, keepingCompliance } from '@rtnl/compliance'
import { type Nexthop, nexthopOwner } from '@rtnl/nexthop'
import { suite } from 'uvu'

const tests = suite('compliance of kept nexthops')
keepingCompliance<Nexthop>(tests, {
  setup: [
    'ip link set lo up',
    'ip link add v0 type veth peer name p0',
    'ip link set v0 up',
    'ip link set p0 up',
    'ip addr add 10.0.0.1/24 dev v0',
  ],
  others: ['ip nexthop add id 50 via 10.0.0.9 dev v0 proto 186', 'ip nexthop add id 51 group 50'],
  rules: async () => nexthopOwner({ protocol: 84 }),
  wanted: (netns) => [
    { id: 1, gateway: '10.0.0.2', oif: ifindex(netns, 'v0') },
    { id: 2, gateway: '10.0.0.3', oif: ifindex(netns, 'v0') },
    {
      id: 10,
      group: [
        { id: 1, weight: 1 },
        { id: 2, weight: 300 },
      ],
    },
    { id: 3, blackhole: true },
  ],
  changed: (netns) => ({ id: 1, gateway: '10.0.0.4', oif: ifindex(netns, 'v0') }),
  refused: (netns) => ({ id: 4, gateway: '192.0.2.1', oif: ifindex(netns, 'v0') }),
  edit: 'ip nexthop replace id 1 via 10.0.0.7 dev v0 proto 84',
  remove: 'ip nexthop del id 3',
  shown: (netns) => execFileSync('ip', ['-n', netns, '-N', 'nexthop'], { encoding: 'utf8' }).trim().split('\n'),
})
tests.run()
