import { Connection, MessageFlag } from '@rtnl/netlink-core'
import { NexthopMessage, nexthopMessage } from '@rtnl/nexthop'
import { RouteMessage, routeMessage } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'

const show = suite('show beside an entry that is too large for a dump')
const flags = MessageFlag.CREATE | MessageFlag.EXCL

show.before(() => {
  ip('netns add a')
  ip('-n a link set lo up')
  ip('-n a link add v0 type veth peer name v1')
  for (const name of ['v0', 'v1']) ip(`-n a link set ${name} up`)
  ip('-n a addr add 10.0.0.1/16 dev v0')
  ip('-n a addr add fd00::1/64 dev v0 nodad')
})

show.after(() => {
  ip('netns del a')
})

function multipath(count: number, gateway: (index: number) => string) {
  const [{ ifindex }] = JSON.parse(ip('-n a -json link show v0')) as [{ ifindex: number }]
  return Array.from({ length: count }, (_, index) => ({ flags: 0, oif: ifindex, weight: 1, gateway: gateway(index) }))
}

async function addRoute(family: number, dst: string, hops: ReturnType<typeof multipath>): Promise<void> {
  await using connection = await Connection.open({ netns: 'a' })
  await connection.request({
    message: routeMessage,
    type: RouteMessage.NEW,
    flags,
    entry: { family, tos: 0, protocol: 4, scope: 0, type: 1, flags: 0, table: 90, dst, multipath: hops },
    operation: 'add a large route',
  })
}

/** Ends with exit code 1 and one line, behind all lines that are there to print. */
async function isTold(args: readonly string[], what: string, printed: readonly string[]): Promise<void> {
  const words = ['show', ...args, '--netns', 'a']
  const { code, stdout, stderr } = await rtnl(words)
  assert.is(code, 1)
  assert.equal(
    printed.filter((line) => !stdout.includes(line)),
    [],
  )
  const lines = stderr.trimEnd().split('\n')
  assert.is(lines.length, 1, stderr)
  assert.match(stderr, `${what}: incomplete: `)
  assert.match(stderr, 'too large for a dump')
  const json = await rtnl([...words, '--json'])
  assert.is(json.code, 1)
  assert.ok((JSON.parse(json.stdout) as unknown[]).length >= printed.length)
}

show('routes of IPv4: 2,100 hops', async () => {
  ipBatch('a', [
    'route add 192.0.1.0/24 via 10.0.0.2 table 90',
    'route add 192.0.9.0/24 via 10.0.0.2 table 90',
    'route add 192.0.2.0/24 via 10.0.0.2',
    'route add 2001:db8:1::/64 via fd00::2',
  ])
  const hops = multipath(2100, (index) => `10.0.${1 + (index >> 8)}.${index & 255}`)
  await addRoute(2, '192.0.5.0/24', hops)
  const ipv4 = ['192.0.1.0/24 via 10.0.0.2', '192.0.2.0/24 via 10.0.0.2']
  await isTold(['route'], 'route', [...ipv4, '2001:db8:1::/64 via fd00::2'])
  await isTold(['route', '--family', 'inet'], 'route', ipv4)
  ip('-n a route del 192.0.5.0/24 table 90')
  assert.is((await rtnl(['show', 'route', '--netns', 'a'])).code, 0)
})

show('routes of IPv6: 1,300 hops', async () => {
  ipBatch('a', ['route add 2001:db8:1::/64 via fd00::2 table 90', 'route add 2001:db8:9::/64 via fd00::2 table 90'])
  const hops = multipath(1300, (index) => `fd00::1:${(index + 16).toString(16)}`)
  await addRoute(10, '2001:db8:5::/64', hops)
  const ipv6 = ['2001:db8:1::/64 via fd00::2 dev v0 table 90', '2001:db8:1::/64 via fd00::2 dev v0 metric']
  await isTold(['route'], 'route', ['192.0.9.0/24 via 10.0.0.2', '192.0.2.0/24 via 10.0.0.2', ...ipv6])
  await isTold(['route', '--family', 'inet6'], 'route', ipv6)
  const ipv4 = await rtnl(['show', 'route', '--family', 'inet', '--netns', 'a'])
  assert.equal([ipv4.code, ipv4.stderr], [0, ''])
  const main = await rtnl(['show', 'route', '--table', 'main', '--netns', 'a'])
  assert.equal([main.code, main.stderr], [0, ''])
  ip('-n a route del 2001:db8:5::/64 table 90')
  assert.is((await rtnl(['show', 'route', '--netns', 'a'])).code, 0)
})

show('nexthop groups: 4,090 members', async () => {
  const ids = Array.from({ length: 4090 }, (_, index) => 10 + index)
  ipBatch(
    'a',
    ids.map((id) => `nexthop add id ${id} via 10.0.${1 + (id >> 8)}.${id & 255} dev v0`),
  )
  ipBatch('a', ['nexthop add id 5 group 10/11', 'nexthop add id 6000 via 10.0.0.9 dev v0'])
  await using connection = await Connection.open({ netns: 'a' })
  await connection.request({
    message: nexthopMessage,
    type: NexthopMessage.NEW,
    flags,
    entry: { id: 5000, group: ids.map((id) => ({ id, weight: 1 })) },
    operation: 'add a large group',
  })
  await isTold(['nexthop'], 'nexthop', ['id 5 group 10/11', 'id 4099 via', 'id 6000 via 10.0.0.9 dev v0'])
  // What is derived of nexthops is incomplete, too.
  const evpn = await rtnl(['evpn', 'show', 'groups', '--json', '--netns', 'a'])
  assert.equal([evpn.code, evpn.stdout], [1, '{"groups":[]}\n'])
  assert.match(evpn.stderr, /^rtnl: evpn: incomplete: [^\n]*nexthop[^\n]*too large for a dump[^\n]*\n$/)
  ip('-n a nexthop del id 5000')
  for (const words of [
    ['show', 'nexthop'],
    ['evpn', 'show', 'groups'],
  ]) {
    assert.is((await rtnl([...words, '--netns', 'a'])).code, 0)
  }
})

show.run()
