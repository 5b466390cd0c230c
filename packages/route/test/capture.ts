// Captures what the running kernel says of routes, as test vectors. Run by hand, as root, from the root of the tree:
//   node --conditions=rtnl-source --import tsx packages/route/test/capture.ts
// Works in network namespaces of its own, and writes vectors/NAME.hex: the commands and the kernel's version as
// comments, what `ip` made of it, and the messages with their headers.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { Connection, formatHex, MulticastGroup, readMessages } from '@rtnl/netlink-core'
import { RouteMessage, routeMessage } from '@rtnl/route'

interface Case {
  readonly name: string
  /** `ip` commands that come before, not captured. */
  readonly before?: readonly string[]
  /** The `ip` command whose notification is captured. */
  readonly command: string
  /** The prefix that the dump is searched for. */
  readonly dst: string
}

const setup = [
  'link add v0 type veth peer name v1',
  'link set lo up',
  'link set v0 up',
  'link set v1 up',
  'addr add 10.0.0.1/24 dev v0',
  'addr add 10.0.1.1/24 dev v1',
  'addr add 2001:db8::1/64 dev v0 nodad',
  'addr add 2001:db8:1::1/64 dev v1 nodad',
]

const four = '192.0.2.0/24'
const six = '2001:db8:ff::/64'
const metrics =
  'mtu lock 1400 window 1000 rtt 5s rttvar 1s rto_min 100ms advmss 1300 hoplimit 7 initcwnd 20 initrwnd 30 ssthresh 40 cwnd lock 50 reordering 6 quickack 1 features ecn congctl cubic'
const nexthops = ['nexthop add id 1 via 10.0.0.2 dev v0', 'nexthop add id 2 via 10.0.1.2 dev v1']

const cases: readonly Case[] = [
  { name: 'ipv4-gateway', command: `route add ${four} via 10.0.0.2`, dst: four },
  { name: 'ipv4-device', command: `route add ${four} dev v0`, dst: four },
  { name: 'ipv4-default', command: 'route add default via 10.0.0.2', dst: '0.0.0.0/0' },
  { name: 'ipv4-host-onlink', command: 'route add 192.0.2.1 via 198.51.100.1 dev v0 onlink', dst: '192.0.2.1/32' },
  { name: 'ipv4-local', command: `route add local ${four} dev v0`, dst: four },
  { name: 'ipv4-broadcast', command: 'route add broadcast 192.0.2.255 dev v0', dst: '192.0.2.255/32' },
  { name: 'ipv4-multicast', command: 'route add multicast 224.1.0.0/24 dev v0', dst: '224.1.0.0/24' },
  { name: 'ipv4-blackhole', command: `route add blackhole ${four}`, dst: four },
  { name: 'ipv4-unreachable', command: `route add unreachable ${four}`, dst: four },
  { name: 'ipv4-prohibit', command: `route add prohibit ${four}`, dst: four },
  { name: 'ipv4-throw', command: `route add throw ${four}`, dst: four },
  {
    name: 'ipv4-tos-metric-prefsrc',
    command: `route add ${four} via 10.0.0.2 tos 8 metric 77 src 10.0.1.1`,
    dst: four,
  },
  { name: 'ipv4-table-protocol', command: `route add ${four} via 10.0.0.2 table 4294967294 proto bgp`, dst: four },
  { name: 'ipv4-table-256', command: `route add ${four} via 10.0.0.2 table 256`, dst: four },
  { name: 'ipv4-realms', command: `route add ${four} via 10.0.0.2 realm 3/4`, dst: four },
  { name: 'ipv4-via-ipv6', command: `route add ${four} via inet6 2001:db8::2 dev v0`, dst: four },
  {
    name: 'ipv4-multipath',
    command: `route add ${four} nexthop via 10.0.0.2 weight 3 nexthop via inet6 2001:db8:1::2 dev v1 weight 256 onlink nexthop via 10.0.0.3 realm 5`,
    dst: four,
  },
  {
    name: 'ipv4-multipath-linkdown',
    before: [
      'addr add 10.0.2.1/24 dev v1',
      `route add ${four} nexthop via 10.0.0.2 nexthop via 10.0.2.2`,
      'link set v1 down',
    ],
    command: `route append ${four} via 10.0.0.9 onlink dev v0`,
    dst: four,
  },
  {
    name: 'ipv4-multipath-encap',
    command: `route add ${four} nexthop encap seg6 mode encap segs fc00::1 via 10.0.0.2 dev v0 nexthop via 10.0.1.2`,
    dst: four,
  },
  { name: 'ipv4-metrics', command: `route add ${four} via 10.0.0.2 ${metrics}`, dst: four },
  {
    name: 'ipv4-encap-seg6',
    command: `route add ${four} encap seg6 mode encap segs fc00::1,fc00::2 dev v0`,
    dst: four,
  },
  {
    name: 'ipv4-encap-ip',
    command: `route add ${four} encap ip id 100 dst 192.0.2.1 src 192.0.2.2 tos 4 ttl 64 via 10.0.0.2`,
    dst: four,
  },
  { name: 'ipv4-nhid', before: nexthops, command: `route add ${four} nhid 1`, dst: four },
  {
    name: 'ipv4-nhid-group',
    before: [...nexthops, 'nexthop add id 10 group 1,3/2,7'],
    command: `route add ${four} nhid 10`,
    dst: four,
  },
  {
    name: 'ipv4-nhid-blackhole',
    before: ['nexthop add id 1 blackhole'],
    command: `route add ${four} nhid 1`,
    dst: four,
  },
  { name: 'ipv4-delete', before: [`route add ${four} via 10.0.0.2`], command: `route del ${four}`, dst: four },
  { name: 'ipv6-gateway', command: `route add ${six} via 2001:db8::2`, dst: six },
  { name: 'ipv6-device', command: `route add ${six} dev v0 metric 9`, dst: six },
  { name: 'ipv6-default', command: 'route add default via 2001:db8::2', dst: '::/0' },
  { name: 'ipv6-local', command: `route add local ${six} dev v0`, dst: six },
  { name: 'ipv6-anycast', command: 'route add anycast 2001:db8:ff::1 dev v0', dst: '2001:db8:ff::1/128' },
  { name: 'ipv6-multicast', command: 'route add multicast ff05::/64 dev v0', dst: 'ff05::/64' },
  { name: 'ipv6-blackhole', command: `route add blackhole ${six}`, dst: six },
  { name: 'ipv6-unreachable', command: `route add unreachable ${six}`, dst: six },
  { name: 'ipv6-prohibit', command: `route add prohibit ${six}`, dst: six },
  { name: 'ipv6-throw', command: `route add throw ${six}`, dst: six },
  {
    name: 'ipv6-from-pref-prefsrc',
    command: `route add ${six} from 2001:db8:99::/64 via 2001:db8::2 pref high src 2001:db8::1 mtu 1400`,
    dst: six,
  },
  { name: 'ipv6-pref-low-table', command: `route add ${six} via 2001:db8::2 pref low table 5000 proto ra`, dst: six },
  { name: 'ipv6-expires', command: `route add ${six} via 2001:db8::2 expires 100`, dst: six },
  {
    name: 'ipv6-multipath',
    command: `route add ${six} nexthop via 2001:db8::2 weight 2 nexthop encap seg6 mode encap segs fc00::1 via 2001:db8:1::2 nexthop via fe80::5 dev v0 weight 256`,
    dst: six,
  },
  {
    name: 'ipv6-append',
    before: [`route add ${six} via 2001:db8::2`],
    command: `route append ${six} via 2001:db8:1::2 proto bgp`,
    dst: six,
  },
  {
    name: 'ipv6-encap-seg6',
    command: `route add ${six} encap seg6 mode inline segs fc00::1 via 2001:db8::2`,
    dst: six,
  },
  { name: 'ipv6-encap-seg6local', command: `route add ${six} encap seg6local action End dev v0`, dst: six },
  {
    name: 'ipv6-nhid-group',
    before: ['nexthop add id 1 via 2001:db8::2 dev v0', 'nexthop add id 10 group 1'],
    command: `route add ${six} nhid 10`,
    dst: six,
  },
]

const folder = new URL('vectors/', import.meta.url)

function ip(netns: string, command: string): string {
  return execFileSync('ip', ['-n', netns, ...command.split(' ')], { encoding: 'utf8' })
}

/** The whole messages of the routes to a prefix, as hex digits. */
async function dump(connection: Connection, dst: string): Promise<string[]> {
  let found: string[] = []
  const entry = { family: dst.includes(':') ? 10 : 2 }
  const request = { message: routeMessage, type: RouteMessage.GET, entry, operation: 'dump route' }
  await connection.dumpInto(request, {
    message({ view, start, body, end }) {
      if (routeMessage.decode(view, body, end).dst === dst) found.push(formatHex(view, start, end - start))
    },
    restart() {
      found = []
    },
  })
  return found
}

/** What `ip` shows of the routes to a prefix. */
function shown(netns: string, dst: string): unknown[] {
  const family = dst.includes(':') ? '-6' : '-4'
  return JSON.parse(ip(netns, `-j -d -N ${family} route show table all exact ${dst}`)) as unknown[]
}

async function capture({ name, before = [], command, dst }: Case): Promise<void> {
  const netns = `rtnl-capture-${process.pid}`
  execFileSync('ip', ['netns', 'add', netns])
  try {
    for (const line of [...setup, ...before]) ip(netns, line)
    await using connection = await Connection.open({ netns })
    const notified: string[] = []
    const socket = connection.openNotifications()
    socket.start({
      data(bytes) {
        // The kernel makes routes of its own meanwhile.
        readMessages(bytes, ({ view, start, body, end }) => {
          if (routeMessage.decode(view, body, end).dst === dst) notified.push(formatHex(view, start, end - start))
        })
      },
      overrun(reason) {
        throw new Error(`${name}: notifications were lost: ${reason}`)
      },
      failed(error) {
        throw error
      },
    })
    for (const group of [MulticastGroup.IPV4_ROUTE, MulticastGroup.IPV6_ROUTE]) socket.join(group)
    ip(netns, command)
    await new Promise<void>((done) => socket.sync(done))
    const dumped = await dump(connection, dst)
    const lines = [
      `# kernel ${release().split('-')[0]}, ${execFileSync('ip', ['-V'], { encoding: 'utf8' }).trim()}`,
      ...[...setup, ...before].map((line) => `# before: ip ${line}`),
      `# ip ${command}`,
      ...shown(netns, dst).map((json) => `# json: ${JSON.stringify(json)}`),
      ...notified.map((hex) => `notification ${hex}`),
      ...dumped.map((hex) => `dump ${hex}`),
    ]
    writeFileSync(new URL(`${name}.hex`, folder), `${lines.join('\n')}\n`)
    console.log(`${name}: ${notified.length} notified, ${dumped.length} dumped`)
  } finally {
    execFileSync('ip', ['netns', 'del', netns])
  }
}

for (const one of cases) await capture(one)
