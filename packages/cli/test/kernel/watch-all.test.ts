// timeout: 900
import { spawn } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { tables } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bridge } from '../support/bridge.ts'
import { ip, ipNexthops } from '../support/ip.ts'
import {
  bridgeForwardings,
  comparable,
  type Entry,
  forwardingAsBridge,
  ipLinks,
  ipNeighbors,
  ipRoutes,
  isAnnounced,
  linkAsIp,
  neighborAsIp,
  routeAsIp,
} from '../support/ip-tables.ts'
import { rtnl } from '../support/rtnl.ts'
import { makeScene } from '../support/scene.ts'
import { type Event, endWatching, eventually, fold, Watching } from '../support/watching.ts'

const watch = suite('watch of all tables')
const order = tables.map(({ name }) => name)

watch.after.each(endWatching)
watch.before(() => makeScene('a'))

const tools: Record<string, { tool(): Entry[]; reduced(entry: Entry): Entry }> = {
  link: { tool: () => ipLinks('a'), reduced: linkAsIp },
  nexthop: {
    tool: () => [...ipNexthops('a').values()],
    reduced: ({ family, ...entry }) => entry,
  },
  route: { tool: () => ipRoutes('a'), reduced: routeAsIp },
  neighbor: { tool: () => ipNeighbors('a').filter(({ dst }) => isAnnounced(String(dst))), reduced: neighborAsIp },
  fdb: { tool: () => bridgeForwardings('a'), reduced: forwardingAsBridge },
}

function folded(events: readonly Event[], table: string): Entry[] {
  return [...fold(events.filter((event) => event.table === table)).values()]
}

const same = (one: readonly Entry[], other: readonly Entry[]): boolean =>
  comparable(one).join('\n') === comparable(other).join('\n')

/** Throws where a row refers to one that was not told of before. */
function checkReferences(events: readonly Event[]): void {
  const links = new Set<unknown>()
  const nexthops = new Set<unknown>()
  for (const { event, table, kind, key, entry = {} } of events) {
    if (event !== 'change' || kind === 'removed') continue
    if (table === 'link') links.add(entry.ifindex)
    if (table === 'nexthop') nexthops.add(entry.id)
    // The kernel tells of the addresses of a new bridge before it tells of the bridge.
    const interfaces = table === 'neighbor' ? [entry.ifindex] : table === 'fdb' ? [] : waysOf(entry)
    for (const ifindex of interfaces) assert.ok(links.has(ifindex), `${table} ${key}: interface ${ifindex}`)
    if (entry.nhId !== undefined) assert.ok(nexthops.has(entry.nhId), `${table} ${key}: nexthop ${entry.nhId}`)
  }
}

function waysOf({ oif, multipath = [] }: Entry): unknown[] {
  const hops = (multipath as readonly Entry[]).map((hop) => hop.oif)
  return oif === undefined ? hops : [oif, ...hops]
}

const steps: [title: string, commands: readonly string[]][] = [
  [
    'links come',
    ['link add w0 type veth peer name w1', 'link set w1 up', 'link set w0 up', 'addr add 10.2.0.1/24 dev w0'],
  ],
  ['a link is renamed', ['link set mac0 name mac1', 'link set vx mtu 1300']],
  [
    'nexthops come',
    ['nexthop add id 30 via 10.2.0.2 dev w0', 'nexthop add id 31 group 1/30', 'route add 10.30.0.0/16 nhid 31'],
  ],
  ['a nexthop is replaced', ['nexthop replace id 30 via 10.2.0.3 dev w0']],
  [
    'routes are put before and behind others',
    ['route append 10.14.0.0/16 via 10.0.0.4 table 253', 'route prepend 10.14.0.0/16 via 10.0.0.5 table 253'],
  ],
  ['a route is replaced', ['route replace 10.14.0.0/16 via 10.2.0.2 table 253', 'route del 10.9.0.0/16 table 100']],
  ['legs come and go', ['route append fd06::/64 via fd00::9', 'route del fd06::/64 via fd01::2']],
  ['a link goes down', ['link set w0 down']],
  ['a carrier is lost', ['link set p1 down']],
  [
    'neighbours come, change and go',
    [
      'neigh replace 10.0.0.2 lladdr 02:00:00:00:00:22 dev v0',
      'neigh add fd00::7 lladdr 02:00:00:00:00:07 dev v0',
      'neigh del 10.1.0.5 dev v1',
      'neigh del fd00::3 dev v0',
    ],
  ],
  [
    'forwarding entries come, move and go',
    [
      'fdb add 02:00:00:00:01:09 dev x0 master static',
      'fdb replace 02:00:00:00:01:01 dev vx master static',
      'fdb del 02:00:00:00:01:05 dev vx self',
      'fdb del 00:00:00:00:00:00 dev vx dst 10.0.0.4',
    ],
  ],
  ['nexthops go, and take routes and forwarding entries along', ['nexthop del id 100', 'nexthop del id 1']],
  ['a port leaves its bridge', ['link set x0 nomaster']],
  ['an address goes', ['address del 10.1.0.1/24 dev v1']],
  ['links go', ['link del w0', 'link del ext']],
]

watch('folds to what show, ip and bridge say, and tells of rows before others refer to them', async () => {
  const watching = new Watching(['--json', '--netns', 'a'])
  await watching.count('synced', order.length)
  const { events } = watching
  const firsts = order.map((table) => events.findIndex((event) => event.table === table))
  const synced = order.map((table) => events.findIndex((event) => event.event === 'synced' && event.table === table))
  for (const [place, end] of synced.entries()) {
    assert.ok(firsts[place]! <= end)
    assert.ok(place === 0 || firsts[place]! > synced[place - 1]!)
  }

  for (const [title, commands] of steps) {
    for (const command of commands) {
      if (command.startsWith('fdb')) bridge(`-n a ${command}`)
      else ip(`-n a ${command}`)
    }
    for (const [table, { tool, reduced }] of Object.entries(tools)) {
      try {
        await eventually(() => same(folded(watching.events, table).map(reduced), tool()))
      } catch {
        assert.equal(comparable(folded(watching.events, table).map(reduced)), comparable(tool()), `${title}: ${table}`)
      }
    }
  }
  checkReferences(watching.events)

  for (const table of order) {
    const { stdout } = await rtnl(['show', table, '--json', '--netns', 'a'])
    const still = ({ expires, timer, cacheinfo, ...entry }: Entry): Entry => entry
    assert.equal(
      comparable(folded(watching.events, table).map(still)),
      comparable(JSON.parse(stdout).map(still)),
      table,
    )
  }
  assert.equal(await watching.stop('SIGINT'), { code: 0, signal: null })
  assert.is(watching.stderr, '')
})

watch('a reader that goes away ends it', async () => {
  const watching = new Watching(['--json', '--netns', 'a'])
  await watching.count('synced', order.length)
  watching.child.stdout?.destroy()
  for (const id of [1, 2, 3]) ip(`-n a route add 10.50.${id}.0/24 dev v0`)
  assert.equal(await watching.ended, { code: 0, signal: null })
  assert.is(watching.stderr, '')
})

watch('a namespace that is deleted ends it with an error', async () => {
  ip('netns add b')
  const watching = new Watching(['--netns', 'b'])
  await watching.until(() => watching.lines.filter((line) => line.startsWith('= ')).length === order.length)
  ip('netns delete b')
  assert.equal(await watching.ended, { code: 1, signal: null })
  assert.is(watching.stderr, "rtnl: network namespace 'b' is gone\n")
})

watch('so does a namespace by the path of a process that ends', async () => {
  const holder = spawn('unshare', ['--net', 'sleep', 'infinity'])
  const path = `/proc/${holder.pid}/ns/net`
  const own = readlinkSync('/proc/self/ns/net')
  await eventually(() => readlinkSync(path) !== own)
  const watching = new Watching(['--json', '--netns', path])
  await watching.count('synced', order.length)
  holder.kill()
  assert.equal(await watching.ended, { code: 1, signal: null })
  assert.is(watching.stderr, `rtnl: network namespace '${path}' is gone\n`)
})

watch('text names the table in every line', async () => {
  const watching = new Watching(['--netns', 'a'])
  await watching.until(() => watching.lines.filter((line) => line.startsWith('= ')).length === order.length)
  const told = watching.lines.length
  ip('-n a route add 10.60.0.0/24 via 10.0.0.2 dev v0 proto static')
  ip('-n a neigh add 10.0.0.60 lladdr 02:00:00:00:00:60 dev v0')
  bridge('-n a fdb add 02:00:00:00:00:60 dev vx dst 10.0.0.60 self static')
  await watching.until(() => watching.lines.length >= told + 3)
  assert.equal(await watching.stop(), { code: 0, signal: null })
  assert.equal(watching.lines.slice(told), [
    '+ route 10.60.0.0/24 via 10.0.0.2 dev v0 proto static',
    '+ neighbor 10.0.0.60 dev v0 lladdr 02:00:00:00:00:60 PERMANENT',
    '+ fdb 02:00:00:00:00:60 dev vx dst 10.0.0.60 self static',
  ])
})

watch.run()
