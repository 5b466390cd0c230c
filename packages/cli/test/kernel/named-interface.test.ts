// timeout: 300
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'
import { type Event, endWatching, eventually, fold, Watching } from '../support/watching.ts'

const named = suite('--dev means the interface that has the name')

interface IpRoute {
  readonly dst: string
  readonly dev?: string
  readonly nhid?: number
  readonly nexthops?: readonly { readonly dev?: string }[]
}

interface IpNexthop {
  readonly id: number
  readonly dev?: string
  readonly group?: readonly { readonly id: number }[]
}

function list<T>(line: string): T[] {
  const text = ip(`-n d -j ${line}`)
  return text.trim() === '' ? [] : JSON.parse(text)
}

function exists(dev: string): boolean {
  return list<{ ifname: string; altnames?: readonly string[] }>('link').some(
    ({ ifname, altnames = [] }) => ifname === dev || altnames.includes(dev),
  )
}

/** What `ip` says of an interface: the link, nexthops, routes and neighbours. */
function expected(dev: string): string[] {
  if (!exists(dev)) return []
  const [{ ifindex, ifname } = { ifindex: 0, ifname: '' }] = list<{ ifindex: number; ifname: string }>(
    `link show dev ${dev}`,
  )
  const nexthops = list<IpNexthop>('nexthop')
  const singles = new Set(nexthops.filter((nexthop) => nexthop.dev === ifname).map(({ id }) => id))
  const groups = nexthops.filter(({ group = [] }) => group.some(({ id }) => singles.has(id))).map(({ id }) => id)
  const routes = [...list<IpRoute>('-4 route show table all'), ...list<IpRoute>('-6 route show table all')].filter(
    ({ dev: out, nexthops: hops = [], nhid = 0 }) =>
      out === ifname || hops.some((hop) => hop.dev === ifname) || singles.has(nhid) || groups.includes(nhid),
  )
  return [
    `link ${ifindex}`,
    ...[...singles].map((id) => `nexthop ${id}`),
    ...routes.map(({ dst }) => `route ${dst}`),
    ...list<{ dst: string; lladdr?: string }>(`neigh show dev ${ifname}`)
      .filter(({ lladdr }) => lladdr !== undefined)
      .map(({ dst }) => `neighbor ${dst}`),
  ].sort()
}

function prefix(text: string): string {
  return text.endsWith('/0') ? 'default' : text.replace(text.includes(':') ? /\/128$/ : /\/32$/, '')
}

const words: Record<string, (entry: Record<string, unknown>) => unknown> = {
  link: ({ ifindex }) => ifindex,
  nexthop: ({ id }) => id,
  route: ({ dst }) => prefix(String(dst)),
  neighbor: ({ dst }) => dst,
}
const tables = Object.keys(words)

function folded(events: readonly Event[]): string[] {
  return tables
    .flatMap((table) =>
      [...fold(events.filter((event) => event.table === table)).values()].map(
        (entry) => `${table} ${words[table]?.(entry)}`,
      ),
    )
    .sort()
}

async function shown(dev: string): Promise<string[]> {
  const lines: string[] = []
  for (const table of tables) {
    const { code, stdout, stderr } = await rtnl(['show', table, '--json', '--netns', 'd', '--dev', dev])
    if (exists(dev)) assert.equal({ code, stderr }, { code: 0, stderr: '' })
    else assert.equal({ code, stdout }, { code: 1, stdout: '' })
    if (code === 0) {
      lines.push(...JSON.parse(stdout).map((entry: Record<string, unknown>) => `${table} ${words[table]?.(entry)}`))
    }
  }
  return lines.sort()
}

const pair = (name: string, index: number, network: number): string[] => [
  `link add ${name} index ${index} type veth peer name p${index}`,
  ...[name, `p${index}`].flatMap((end) => [`link set ${end} addrgenmode none`, `link set ${end} up`]),
  `address add 10.${network}.0.1/24 dev ${name}`,
  `route add 20.${network}.0.0/16 via 10.${network}.0.2`,
  `neigh add 10.${network}.0.2 lladdr 02:00:00:00:00:0${network} dev ${name}`,
]

named.after.each(endWatching)
named.before.each(() => {
  ip('netns add d')
  ipBatch('d', ['link set lo up', ...pair('v0', 10, 1), ...pair('v1', 11, 2)])
})
named.after.each(() => {
  ip('netns delete d')
})

/** Watches an interface by name while things happen: folding what is told gives what there is, after each of them. */
async function check(dev: string, ...happenings: readonly (readonly string[])[]): Promise<void> {
  const child = new Watching([...tables, '--json', '--netns', 'd', '--dev', dev])
  await child.count('synced', tables.length)
  for (const happening of [[], ...happenings]) {
    ipBatch('d', happening)
    const wanted = expected(dev)
    await eventually(() => folded(child.events).join() === wanted.join()).catch(() => {
      assert.equal(folded(child.events), wanted, happening.join('; '))
    })
  }
  assert.equal(await shown(dev), expected(dev))
}

named('an interface that is deleted, and made again with another index', async () => {
  await check('v0', ['link del v0'], pair('v0', 30, 3), [
    'neigh add 10.3.0.9 lladdr 02:00:00:00:00:99 dev v0',
    'route add 20.9.0.0/16 dev v0',
  ])
})

named('an interface that is deleted', async () => {
  await check('v0', ['link del v0'])
})

named('another interface that is made with the index of the old one', async () => {
  await check('v0', ['link del v0'], pair('w0', 10, 3), pair('v0', 31, 4))
})

named('an interface that gives up the name, and one that takes it', async () => {
  await check(
    'v0',
    ['link set v0 down', 'link set v0 name old', 'link set old up'],
    ['route add 20.8.0.0/16 dev old'],
    ['link set v1 down', 'link set v1 name v0', 'link set v0 up', 'route add 20.2.0.0/16 via 10.2.0.2'],
    ['link del old'],
  )
})

named('another name that moves', async () => {
  ip('-n d link property add dev v0 altname uplink')
  await check('uplink', ['link property del dev v0 altname uplink'], ['link property add dev v1 altname uplink'])
})

named('routes by nexthop objects and groups, whose interfaces change', async () => {
  ipBatch('d', [
    'nexthop add id 1 via 10.1.0.2 dev v0',
    'nexthop add id 2 via 10.2.0.2 dev v1',
    'nexthop add id 3 via 10.2.0.3 dev v1',
    'nexthop add id 10 group 2/3',
    'route add 30.1.0.0/16 nhid 1',
    'route add 30.2.0.0/16 nhid 2',
    'route add 30.10.0.0/16 nhid 10',
    'address add fd00::1/64 dev v0 nodad',
    'nexthop add id 6 via fd00::2 dev v0',
    'route add fd99::/64 nhid 6',
  ])
  assert.ok(expected('v0').includes('route 30.1.0.0/16'))
  assert.ok(!expected('v0').includes('route 30.10.0.0/16'))
  await check(
    'v0',
    // The kernel says nothing of the group.
    ['nexthop replace id 3 via 10.1.0.3 dev v0'],
    ['nexthop replace id 1 via 10.2.0.2 dev v1'],
    ['nexthop replace id 10 group 1/2'],
    ['nexthop replace id 10 group 1/2/3'],
    ['nexthop del id 3'],
    ['nexthop replace id 2 via 10.1.0.9 dev v0'],
    // All that goes out of it goes silently.
    ['link set v0 down'],
    ['link set v0 up', 'nexthop add id 7 via 10.1.0.2 dev v0', 'route add 30.7.0.0/16 nhid 7'],
  )
  assert.ok(expected('v0').includes('route 30.7.0.0/16'))
})

named('routes that show nothing of their nexthop objects', async () => {
  ip('netns exec d sysctl -qw net.ipv4.nexthop_compat_mode=0')
  ipBatch('d', ['nexthop add id 1 via 10.1.0.2 dev v0', 'nexthop add id 10 group 1', 'route add 30.1.0.0/16 nhid 10'])
  assert.ok(expected('v0').includes('route 30.1.0.0/16'))
  await check('v0', ['nexthop replace id 1 via 10.2.0.2 dev v1'], ['nexthop replace id 1 via 10.1.0.2 dev v0'])
})

named.run()
