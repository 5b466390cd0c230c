import { tables as allTables } from '@rtnl/tables'
// timeout: 900
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../support/ip.ts'
import type { Entry } from '../support/ip-tables.ts'
import { rtnl } from '../support/rtnl.ts'
import { makeScene } from '../support/scene.ts'
import { endWatching, fold, Watching } from '../support/watching.ts'

const filters = suite('filters')
let index: (name: string) => number

filters.after.each(endWatching)
filters.before(() => {
  makeScene('a')
  const links: { readonly ifname: string; readonly ifindex: number }[] = JSON.parse(ip('-n a -j link'))
  const indexes = new Map(links.map(({ ifname, ifindex }) => [ifname, ifindex]))
  index = (name) => indexes.get(name) ?? -1
})

async function shown(table: string, ...filter: string[]): Promise<Entry[]> {
  const { code, stdout, stderr } = await rtnl(['show', table, '--json', '--netns', 'a', ...filter])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  return JSON.parse(stdout).map(({ expires, ...entry }: Entry) => entry)
}

/** Ids of nexthop objects that go out of an interface, and of the groups that have them. */
function leading(name: string): readonly unknown[] {
  const nexthops: readonly { readonly id: number; readonly dev?: string; readonly group?: readonly Entry[] }[] =
    JSON.parse(ip('-n a -j nexthop'))
  const single = nexthops.filter(({ dev }) => dev === name).map(({ id }) => id)
  const groups = nexthops.filter(({ group = [] }) => group.some(({ id }) => single.includes(Number(id))))
  return [...single, ...groups.map(({ id }) => id)]
}

/** Whether a route goes out of an interface. What leads there is read once. */
function uses(name: string): (entry: Entry) => boolean {
  let ids: readonly unknown[] | undefined
  return (entry) => {
    ids ??= leading(name)
    return (
      entry.oif === index(name) ||
      ids.includes(entry.nhId) ||
      ((entry.multipath ?? []) as readonly Entry[]).some(({ oif }) => oif === index(name))
    )
  }
}

const usesV0 = uses('v0')

const cases: [table: string, filter: string, matches: (entry: Entry) => boolean][] = [
  ['link', '--dev v0', ({ ifname }) => ifname === 'v0'],
  ['link', '--dev other', ({ ifname }) => ifname === 'v0'],
  ['nexthop', '--family inet', ({ family }) => family === 2],
  ['nexthop', '--family inet6', ({ family }) => family === 10],
  ['nexthop', '--dev v0', ({ oif }) => oif === index('v0')],
  ['route', '--family inet', ({ family }) => family === 2],
  ['route', '--family inet6', ({ family }) => family === 10],
  ['route', '--table main', ({ table }) => table === 254],
  ['route', '--table local --family inet6', ({ table, family }) => table === 255 && family === 10],
  ['route', '--table 300', ({ table }) => table === 300],
  ['route', '--table 77', ({ table }) => table === 77],
  ['route', '--dev v1', uses('v1')],
  [
    'route',
    '--dev v0 --table 254 --family inet',
    (entry) => usesV0(entry) && entry.table === 254 && entry.family === 2,
  ],
  ['neighbor', '--family inet', ({ family }) => family === 2],
  ['neighbor', '--family inet6 --dev v1', ({ family, ifindex }) => family === 10 && ifindex === index('v1')],
  ['address', '--within 10.0.0.0/24', ({ address }) => address === '10.0.0.1'],
  ['address', '--within 10.0.0.1/32', ({ address }) => address === '10.0.0.1'],
  ['address', '--to 10.1.0.77', ({ address }) => address === '10.1.0.1'],
  ['neighbor', '--within 10.0.0.0/24', ({ dst = '' }) => String(dst).startsWith('10.0.0.')],
  [
    'neighbor',
    '--within fd00::/63 --state stale',
    ({ dst = '', state }) => String(dst).startsWith('fd0') && state === 4,
  ],
  ['neighbor', '--to fd01::3', ({ dst }) => dst === 'fd01::3'],
  ['neighbor', '--protocol bgp', ({ protocol }) => protocol === 186],
  ['neighbor', '--state permanent', ({ state }) => state === 0x80],
  [
    'neighbor',
    '--mac 02:00:00:00:00:03 --dev v0',
    (e) => e.lladdr === '02:00:00:00:00:03' && e.ifindex === index('v0'),
  ],
  ['nexthop', '--id 10', ({ id }) => id === 10],
  ['route', '--id 10', ({ nhId }) => nhId === 10],
  ['fdb', '--id 101', ({ nhId }) => nhId === 101],
  ['fdb', '--mac 02:00:00:00:01:04', ({ lladdr }) => lladdr === '02:00:00:00:01:04'],
  ['fdb', '--state permanent', ({ state }) => (Number(state) & 0x80) !== 0],
  ['link', '--state up', ({ operstate }) => operstate === 6],
  ['route', '--protocol zebra', ({ protocol }) => protocol === 11],
  ['route', '--protocol static --to 192.0.2.1', ({ protocol, dst }) => protocol === 4 && dst === '0.0.0.0/0'],
  ['rule', '--protocol kernel --table local', ({ protocol, table }) => protocol === 2 && table === 255],
  ['fdb', '--dev x0', ({ ifindex }) => ifindex === index('x0')],
  ['fdb', '--dev br0', ({ ifindex, master }) => ifindex === index('br0') || master === index('br0')],
]

/** What the tables hold unfiltered, which these cases do not change. */
const whole = new Map<string, Entry[]>()

for (const [table, filter, matches] of cases) {
  filters(`show ${table} ${filter}`, async () => {
    const all = whole.get(table) ?? (await shown(table))
    whole.set(table, all)
    const expected = all.filter(matches)
    assert.ok(expected.length > 0 && expected.length < all.length)
    assert.equal(await shown(table, ...filter.split(' ')), expected)
  })
}

/** The routes of a table as `ip` prints them, one a line, in its order, or the same of `rtnl`. */
function lines(text: string): string[] {
  return text
    .replaceAll(/\\| expires \d+sec/g, '')
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .sort()
}

// `root` and `match` of `ip route` are what --within and --to are.
for (const [filter, word, prefix] of [
  ['--within', 'root', '10.0.0.0/12'],
  ['--within', 'root', '10.5.0.0/16'],
  ['--within', 'root', '10.0.0.0/29'],
  ['--within', 'root', '0.0.0.0/0'],
  ['--within', 'root', 'fd00::/13'],
  ['--within', 'root', 'fd0a::/61'],
  ['--to', 'match', '10.7.3.1'],
  ['--to', 'match', '10.0.0.1'],
  ['--to', 'match', '203.0.113.1'],
  ['--to', 'match', 'fd0b::1'],
] as const) {
  filters(`show route ${filter} ${prefix} is ip route show ${word} ${prefix}`, async () => {
    const family = prefix.includes(':') ? '-6' : '-4'
    const expected = lines(ip(`-n a -o ${family} route show table all ${word} ${prefix}`))
    const { code, stdout } = await rtnl(['show', 'route', '--netns', 'a', filter, prefix])
    assert.is(code, 0)
    assert.ok(expected.length > 1)
    assert.equal(lines(stdout), expected)
  })
}

filters('a family that all entries are of leaves out none', async () => {
  assert.equal(await shown('fdb', '--family', 'bridge'), await shown('fdb'))
})

filters('the text is filtered too', async () => {
  const { code, stdout } = await rtnl(['show', 'link', '--netns', 'a', '--dev', 'another'])
  assert.is(code, 0)
  assert.match(stdout, /^\d+: v0@p0: .*\n$/)
})

filters('a routing table that does not exist is empty', async () => {
  const table = ['--table', '4294967295']
  assert.equal(await shown('route', ...table), [])
  assert.equal(await shown('route', ...table, '--family', 'inet'), [])
  assert.equal(await shown('route', ...table, '--family', 'inet6', '--dev', 'v0'), [])
})

for (const words of [
  ['show', 'route'],
  ['watch', '--json'],
]) {
  filters(`${words.join(' ')} --dev of an interface that does not exist`, async () => {
    const { code, stdout, stderr } = await rtnl([...words, '--netns', 'a', '--dev', 'nowhere0'])
    assert.equal({ code, stdout }, { code: 1, stdout: '' })
    assert.is(stderr, "rtnl: --dev: there is no interface 'nowhere0'; `rtnl show link` lists them\n")
  })
}

/** The tables whose entries belong to interfaces. */
const ofInterfaces = allTables.filter(({ ofDevice }) => ofDevice !== undefined)

filters('watch --dev follows one interface through all tables', async () => {
  const watching = new Watching(['--json', '--netns', 'a', '--dev', 'v1'])
  await watching.count('synced', ofInterfaces.length)
  const told = watching.events.length
  ip('-n a route add 10.20.0.0/16 via 10.0.0.2')
  ip('-n a route add 10.21.0.0/16 via 10.1.0.2')
  // A route that leaves the interface, and one that comes to it.
  ip('-n a route replace 10.21.0.0/16 via 10.0.0.2')
  ip('-n a route replace 10.20.0.0/16 via 10.1.0.2')
  ip('-n a neigh add 10.0.0.20 lladdr 02:00:00:00:00:20 dev v0')
  ip('-n a neigh add 10.1.0.20 lladdr 02:00:00:00:00:20 dev v1')
  ip('-n a nexthop add id 200 via 10.0.0.2 dev v0')
  ip('-n a nexthop add id 201 via 10.1.0.2 dev v1')
  await watching.until(() => watching.events.some(({ key, table }) => table === 'nexthop' && key === '201'))
  assert.equal(
    watching.events.slice(told).map(({ table, kind, entry }) => [table, kind, entry?.dst ?? entry?.id]),
    [
      ['route', 'added', '10.21.0.0/16'],
      ['route', 'removed', '10.21.0.0/16'],
      ['route', 'added', '10.20.0.0/16'],
      ['neighbor', 'added', '10.1.0.20'],
      ['nexthop', 'added', 201],
    ],
  )
  for (const { name: table } of ofInterfaces) {
    const folded = [...fold(watching.events.filter((event) => event.table === table)).values()]
    const expected = await shown(table, '--dev', 'v1')
    const sorted = (entries: readonly Entry[]): string[] => entries.map((entry) => JSON.stringify(entry)).sort()
    assert.equal(sorted(folded), sorted(expected), table)
  }
  assert.equal(await watching.stop('SIGINT'), { code: 0, signal: null })
})

filters('an entry that comes to match is added, and one that matches no more is removed', async () => {
  ip('-n a route add 10.30.0.0/16 via 10.0.0.2 proto bgp')
  ip('-n a neigh replace 10.0.0.30 lladdr 02:00:00:00:00:30 dev v0 nud reachable')
  const routes = new Watching(['route', '--protocol', 'bgp', '--within', '10.30.0.0/15', '--json', '--netns', 'a'])
  const neighbors = new Watching(['neighbor', '--state', 'permanent', '--json', '--netns', 'a'])
  const macs = new Watching(['neighbor', '--mac', '02:00:00:00:00:31', '--json', '--netns', 'a'])
  await Promise.all([routes, neighbors, macs].map((watching) => watching.count('synced', 1)))
  const [first, second, third] = [routes, neighbors, macs].map(({ events }) => events.length)
  ip('-n a route change 10.30.0.0/16 via 10.0.0.3 proto bgp')
  ip('-n a route change 10.30.0.0/16 via 10.0.0.3 proto static')
  ip('-n a route change 10.30.0.0/16 via 10.0.0.4 proto static')
  ip('-n a route change 10.30.0.0/16 via 10.0.0.5 proto bgp')
  ip('-n a route add 10.32.0.0/16 via 10.0.0.5 proto bgp')
  ip('-n a route del 10.30.0.0/16')
  ip('-n a neigh replace 10.0.0.30 lladdr 02:00:00:00:00:30 dev v0 nud permanent')
  ip('-n a neigh replace 10.0.0.30 lladdr 02:00:00:00:00:31 dev v0 nud permanent')
  ip('-n a neigh replace 10.0.0.30 lladdr 02:00:00:00:00:31 dev v0 nud stale')
  await routes.count('change', (first ?? 0) - 1 + 4)
  await neighbors.until(() => neighbors.events.at(-1)?.kind === 'removed')
  await macs.count('change', 2)
  const told = ({ events }: Watching, from = 0): unknown[] =>
    events.slice(from).map(({ kind, entry }) => [kind, entry?.gateway ?? entry?.lladdr])
  assert.equal(told(routes, first), [
    ['changed', '10.0.0.3'],
    ['removed', '10.0.0.3'],
    ['added', '10.0.0.5'],
    ['removed', '10.0.0.5'],
  ])
  assert.equal(told(neighbors, second), [
    ['added', '02:00:00:00:00:30'],
    ['changed', '02:00:00:00:00:31'],
    ['removed', '02:00:00:00:00:31'],
  ])
  assert.equal(told(macs, third), [
    ['added', '02:00:00:00:00:31'],
    ['changed', '02:00:00:00:00:31'],
  ])
  for (const watching of [routes, neighbors, macs]) assert.equal((await watching.stop()).code, 0)
})

filters('watch follows the tables that a filter goes with', async () => {
  const tables = async (filter: readonly string[], count: number): Promise<string[]> => {
    const watching = new Watching(['--json', '--netns', 'a', ...filter])
    await watching.count('synced', count)
    assert.equal(await watching.stop(), { code: 0, signal: null })
    return watching.events.filter(({ event }) => event === 'synced').map(({ table }) => table)
  }
  const named = (fits: (table: (typeof allTables)[0]) => boolean): string[] =>
    allTables.filter(fits).map(({ name }) => name)
  for (const family of ['bridge', 'inet6'] as const) {
    const expected = named(({ families }) => families.includes(family))
    assert.equal(await tables(['--family', family], expected.length), expected)
  }
  assert.equal(await tables(['--table', '100'], 2), ['rule', 'route'])
})

filters('watch of routes and nexthops with a routing table leaves the nexthops whole', async () => {
  const watching = new Watching(['nexthop', 'route', '--table', '100', '--json', '--netns', 'a'])
  await watching.count('synced', 2)
  assert.equal(await watching.stop(), { code: 0, signal: null })
  for (const [table, ...filter] of [['nexthop'], ['route', '--table', '100']] as const) {
    const told = [...fold(watching.events.filter((event) => event.table === table)).values()]
    const expected = await shown(table, ...filter)
    assert.ok(expected.length > 0, table)
    assert.is(told.length, expected.length, table)
  }
})

filters.run()
