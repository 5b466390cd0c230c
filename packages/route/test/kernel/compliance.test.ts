// timeout: 180
import { compliance, ifindexes, json } from '@rtnl/compliance'
import { type Route, routeDefinition } from '@rtnl/route'
import { suite } from 'uvu'

interface IpRoute {
  readonly dst: string
  readonly table?: string
  readonly gateway?: string
  readonly dev?: string
  readonly metric?: number
  readonly nexthops?: readonly { gateway?: string; dev: string }[]
}

interface Way {
  readonly gateway?: string | undefined
  readonly oif?: number | undefined
}

const numbers = Array.from({ length: 1000 }, (_, index) => index)

const tests = suite('compliance of routes')
compliance<Route>(tests, {
  definition: routeDefinition,
  setup: [
    'ip link set lo up',
    'ip link add v0 type veth peer name p0',
    'ip link set v0 addrgenmode none',
    'ip link set p0 addrgenmode none',
    'ip link set v0 up',
    'ip link set p0 up',
    'ip addr add 10.0.0.1/24 dev v0',
    'ip addr add fd00::1/64 dev v0 nodad',
  ],
  add: [
    'ip route add 1.0.0.0/24 via 10.0.0.2',
    'ip route append 1.0.0.0/24 via 10.0.0.3',
    'ip route prepend 1.0.0.0/24 via 10.0.0.4',
    'ip route add 1.0.1.0/24 via 10.0.0.2 table 1000 metric 7',
    'ip -6 route add 2001:db8::/32 via fd00::2',
    'ip -6 route add 2001:db8::/32 dev v0 metric 7',
  ],
  change: [
    'ip route replace 1.0.0.0/24 via 10.0.0.5',
    'ip -6 route append 2001:db8::/32 via fd00::3',
    'ip -6 route replace 2001:db8::/32 via fd00::4',
  ],
  remove: ['ip route del 1.0.0.0/24 via 10.0.0.3', 'ip -6 route del 2001:db8::/32 via fd00::4'],
  flood: numbers.flatMap((number) => {
    const prefix = `20.${number >> 8}.${number & 255}.0/24`
    return [
      `ip route add ${prefix} via 10.0.0.2`,
      `ip route append ${prefix} via 10.0.0.3`,
      ...(number % 2 === 0 ? [`ip route del ${prefix} via 10.0.0.2`] : []),
    ]
  }),
  silent: {
    before: ['ip route add 1.0.0.0/24 via 10.0.0.2', 'ip route add 1.0.1.0/24 dev v0 table 1000'],
    lines: ['ip link set v0 down'],
  },
  identity: ({ dst = '', table, priority, gateway, oif, multipath }) =>
    identity(dst, table, priority, multipath ?? [{ gateway, oif }]),
  truth: (netns) => {
    const indexes = ifindexes(netns)
    return [
      ...shown(netns, indexes, 'ip -4 -N route show table all', '0.0.0.0/0', 32),
      ...shown(netns, indexes, 'ip -6 -N route show table all', '::/0', 128),
    ]
  },
})
tests.run()

function shown(
  netns: string,
  indexes: ReadonlyMap<string, number>,
  line: string,
  everything: string,
  bits: number,
): string[] {
  return json<IpRoute>(netns, line).map(({ dst, table = '254', metric, gateway, dev, nexthops }) => {
    const prefix = dst === 'default' ? everything : dst.includes('/') ? dst : `${dst}/${bits}`
    const ways = nexthops ?? [{ gateway, dev }]
    return identity(
      prefix,
      Number(table),
      metric,
      ways.map((way) => ({ gateway: way.gateway, oif: indexes.get(way.dev ?? '') })),
    )
  })
}

function identity(dst: string, table: number | undefined, priority: number | undefined, ways: readonly Way[]): string {
  return `${table} ${dst} ${priority ?? 0} ${ways.map(({ gateway, oif }) => `${gateway ?? ''}@${oif ?? ''}`).join('/')}`
}
