import { execFileSync } from 'node:child_process'
import { ifindex, type KeepingSubject, keepingCompliance } from '@rtnl/compliance'
import { type Route, routeOwner } from '@rtnl/route'
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
]

function shown(netns: string): string[] {
  return ['-4', '-6'].flatMap((family) => {
    const words = ['-n', netns, '-N', '-o', family, 'route', 'show', 'table', 'all']
    const text = execFileSync('ip', words, { encoding: 'utf8' })
    return text
      .trim()
      .split('\n')
      .filter((line) => / table 100\b/.test(line))
  })
}

const table = 100
const ours = { table, protocol: 84 }

const ipv4: KeepingSubject<Route> = {
  setup,
  others: [
    'ip route add 20.0.0.0/24 via 10.0.0.9 proto 186 table 100',
    'ip route add blackhole 20.0.1.0/24 table 100',
    'ip route add 30.0.0.0/24 via 10.0.0.9 proto 84 table 101',
  ],
  rules: async () => routeOwner(ours),
  wanted: (netns) => [
    { dst: '30.0.0.0/24', gateway: '10.0.0.2' },
    { dst: '30.0.1.0/24', oif: ifindex(netns, 'v0'), priority: 7 },
    { dst: '30.0.2.0/24', type: 6 },
    { dst: '30.0.3.0/24', gateway: '10.0.0.3', metrics: { mtu: 1400 } },
  ],
  changed: () => ({ dst: '30.0.0.0/24', gateway: '10.0.0.4' }),
  refused: () => ({ dst: '30.0.9.0/24', gateway: '192.0.2.1' }),
  edit: 'ip route replace 30.0.0.0/24 via 10.0.0.7 proto 84 table 100',
  remove: 'ip route del 30.0.3.0/24 table 100',
  shown,
}

const ipv6: KeepingSubject<Route> = {
  setup,
  others: ['ip route add 2001:db8:1::/64 via fd00::9 proto 186 table 100'],
  rules: async () => routeOwner(ours),
  wanted: (netns) => [
    { dst: '2001:db8::/64', gateway: 'fd00::2' },
    {
      dst: '2001:db8:2::/64',
      multipath: [{ gateway: 'fd00::2' }, { gateway: 'fd00::3' }] as NonNullable<Route['multipath']>,
    },
    { dst: '2001:db8:3::/64', type: 6 },
    { dst: '2001:db8:4::/64', oif: ifindex(netns, 'v0') },
  ],
  changed: () => ({ dst: '2001:db8::/64', gateway: 'fd00::4' }),
  refused: () => ({ dst: '2001:db8:9::/64', gateway: '2001:db8:ffff::1' }),
  edit: 'ip -6 route replace 2001:db8::/64 via fd00::7 proto 84 table 100',
  remove: 'ip -6 route del 2001:db8:4::/64 table 100',
  shown,
}

for (const [name, subject] of Object.entries({ ipv4, ipv6 })) {
  const tests = suite(`compliance of kept routes, ${name}`)
  keepingCompliance(tests, subject)
  tests.run()
}
