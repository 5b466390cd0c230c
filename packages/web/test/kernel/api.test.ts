// runtimes: node deno bun
import { execFileSync } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Activity, ChangesMessage, EvpnOverview, Overview, RowDetails, TableWindow } from '../../src/api.ts'
import { LocalSource, type ServedView, serveView } from '../../src/index.ts'

const api = suite('the API of the view')

let source: LocalSource
let view: ServedView

function ip(words: string, input?: string): string {
  return execFileSync('ip', words.split(' '), { encoding: 'utf8', input, maxBuffer: 1 << 28 })
}

const batch = (lines: readonly string[]): string => ip('-n a -batch -', `${lines.join('\n')}\n`)

/** As many as fill some windows. */
const many = 3000
const hosts = Array.from({ length: many }, (_, place) => `100.64.${place >> 8}.${place & 255}`)

api.before(async () => {
  ip('netns add a')
  batch([
    'link set lo up',
    'link add v0 type veth peer name p0',
    // A fresh link-local address would change the tables a second later.
    ...['v0', 'p0'].flatMap((name) => [`link set ${name} addrgenmode none`, `link set ${name} up`]),
    'address add 10.0.0.1/16 dev v0',
    'nexthop add id 7 via 10.0.0.7 dev v0',
    'nexthop add id 8 via 10.0.0.8 dev v0',
    'nexthop add id 70 group 7/8',
    'route add 192.0.2.0/24 nhid 70 proto bgp',
    'route add 198.51.100.0/24 nhid 7 proto bgp table 100',
    // In an order that is not that of their addresses.
    ...[...hosts].reverse().map((host) => `route add ${host}/32 via 10.0.0.2`),
    'link add vx type vxlan id 42 local 10.0.0.1 dstport 4789 nolearning',
    'link set vx addrgenmode none',
    'link set vx up',
    'nexthop add id 100 via 10.0.0.50 fdb',
    'nexthop add id 101 via 10.0.0.51 fdb',
    'nexthop add id 102 group 100,3/101,1 fdb',
    'nexthop add id 103 group 100 fdb',
  ])
  const forwardings = ['02:00:00:00:00:01 dev vx self static nhid 102', '02:00:00:00:00:02 dev vx self dst 10.0.0.60']
  for (const one of forwardings) execFileSync('bridge', ['-n', 'a', 'fdb', 'add', ...one.split(' ')])
  source = await LocalSource.open({ netns: 'a' })
  view = await serveView(source, { port: 0 })
})

api.after(async () => {
  await view.close()
  source.close()
  ip('netns del a')
})

async function get<Answer>(path: string, status = 200): Promise<Answer> {
  const response = await fetch(`${view.url}api/${path}`)
  assert.is(response.status, status, await response.clone().text())
  return (await response.json()) as Answer
}

/** A window of a table that has been looked through. */
async function windowOf(path: string): Promise<TableWindow> {
  for (;;) {
    const found = await get<TableWindow>(`tables/${path}`)
    if (found.isComplete) return found
    await delay(20)
  }
}

/** How many entries `ip -j` prints. */
const listed = (words: string): number => JSON.parse(ip(`-n a -j ${words}`).trim() || '[]').length
const routes = (): number => ['-4', '-6'].reduce((sum, family) => sum + listed(`${family} route show table all`), 0)

api('all tables, with as many rows as ip prints', async () => {
  const { spaces } = await get<Overview>('tables')
  assert.is(spaces.length, 1)
  const rows = Object.fromEntries(spaces[0]!.tables.map((table) => [table.name, table.rows]))
  assert.is(rows.route, routes())
  assert.is(rows.nexthop, listed('nexthop'))
  assert.is(rows.link, listed('link'))
  assert.ok(spaces[0]!.tables.every(({ state }) => state === 'live'))
})

api('windows together are the table, in the order that was asked for', async () => {
  const names: string[] = []
  const total = routes()
  for (let offset = 0; offset < total; offset += 250) {
    const part = await windowOf(`route?sort=name&limit=250&offset=${offset}`)
    assert.is(part.total, total)
    assert.is(part.offset, offset)
    names.push(...part.rows.map(({ words }) => words[0]!))
  }
  assert.is(names.length, total)
  assert.equal(
    names.filter((name) => name.startsWith('100.64.')),
    hosts,
  )
  // 10.0.0.0/16 and what belongs to it are before, IPv6 behind.
  assert.ok(names.indexOf('10.0.0.0/16') < names.indexOf('100.64.0.0'))
  assert.ok(names.indexOf('192.0.2.0/24') > names.indexOf(hosts.at(-1)!))
  assert.equal((await windowOf(`route?offset=${total + 5}`)).rows, [])
})

api('filters are those of the command line, and words', async () => {
  const filtered = async (filter: string, table = 'route'): Promise<string[]> =>
    (await windowOf(`${table}?sort=name&filter=${encodeURIComponent(filter)}`)).rows.map(({ words }) => words[0]!)
  assert.equal(await filtered('within:100.64.3.0/30'), ['100.64.3.0', '100.64.3.1', '100.64.3.2', '100.64.3.3'])
  assert.equal(await filtered('protocol:bgp'), ['192.0.2.0/24', '198.51.100.0/24'])
  assert.equal(await filtered('protocol:bgp table:100'), ['198.51.100.0/24'])
  assert.equal(await filtered('"NHID 70"'), ['192.0.2.0/24'])
  assert.equal(await filtered('bgp 192'), ['192.0.2.0/24'])
  assert.equal(await filtered('bgp nothing'), [])
  assert.equal(await filtered('to:198.51.100.9 table:100'), ['198.51.100.0/24'])
  assert.equal(await filtered('id:7', 'nexthop'), ['id 7'])
  assert.equal(await filtered('mac:02:00:00:00:00:02', 'fdb'), ['02:00:00:00:00:02'])
})

api('what cannot be is said, with the value', async () => {
  const error = async (path: string, status = 400): Promise<string> =>
    (await get<{ error: string }>(`tables/${path}`, status)).error
  assert.match(await error('route?filter=within:x'), /within: 'x' is not a prefix/)
  assert.match(await error('link?filter=protocol:bgp'), /protocol: no link has that/)
  assert.match(await error('route?limit=501'), /limit: '501' is not a number from 0 to 500/)
  assert.match(await error('route?offset=-1'), /offset: '-1'/)
  assert.match(await error('route?sort=size'), /sort: 'size' is none of table, name, latest/)
  assert.match(await error('routing', 404), /there is no table routing/)
  assert.match(await error('route?space=blue', 404), /the namespace blue is not followed/)
})

api('a filtered window follows the table: what comes, changes, goes', async () => {
  const path = `route?sort=name&filter=${encodeURIComponent('203.0.113')}`
  const lines = async (): Promise<string[]> => (await windowOf(path)).rows.map(({ words }) => words.join(' '))
  assert.equal(await lines(), [])
  const until = async (expected: readonly string[]): Promise<void> => {
    for (let tries = 0; JSON.stringify(await lines()) !== JSON.stringify(expected); tries++) {
      assert.ok(tries < 200, `${await lines()}`)
      await delay(20)
    }
  }
  ip('-n a route add 203.0.113.9/32 via 10.0.0.9')
  ip('-n a route add 203.0.113.1/32 via 10.0.0.9')
  await until(['203.0.113.1 via 10.0.0.9 dev v0', '203.0.113.9 via 10.0.0.9 dev v0'])
  ip('-n a route change 203.0.113.1/32 via 10.0.0.3')
  await until(['203.0.113.1 via 10.0.0.3 dev v0', '203.0.113.9 via 10.0.0.9 dev v0'])
  ip('-n a route del 203.0.113.9/32')
  await until(['203.0.113.1 via 10.0.0.3 dev v0'])
  // The last one that changed is the first.
  const [latest] = (await windowOf('route?sort=latest&limit=1')).rows
  ip('-n a route add 203.0.113.77/32 via 10.0.0.9')
  for (let tries = 0; ; tries++) {
    const [first] = (await windowOf('route?sort=latest&limit=1')).rows
    if (first?.words[0] === '203.0.113.77') break
    assert.ok(tries < 200, JSON.stringify([latest, first]))
    await delay(20)
  }
})

api('a row has its history, what it refers to, and what refers to it', async () => {
  const [group] = (await windowOf(`nexthop?filter=${encodeURIComponent('"id 70"')}`)).rows
  const path = (key: string, id?: number): string =>
    `tables/nexthop/row?key=${encodeURIComponent(key)}${id === undefined ? '' : `&id=${id}`}`
  const details = await get<RowDetails>(path(group!.key, group!.id))
  const named = (found: RowDetails['refersTo']): unknown[] =>
    found.map(({ table, count, rows }) => [table, count, rows.map(({ words }) => words[0])])
  assert.equal(named(details.refersTo), [['nexthop', 2, ['id 7', 'id 8']]])
  assert.equal(named(details.referredBy), [['route', 1, ['192.0.2.0/24']]])
  assert.equal(details.entry, { ...(details.entry as object), id: 70 })
  ip('-n a nexthop add id 9 via 10.0.0.9 dev v0')
  ip('-n a nexthop replace id 9 via 10.0.0.10 dev v0')
  ip('-n a nexthop del id 9')
  for (let tries = 0; ; tries++) {
    const response = await fetch(`${view.url}api/${path('9')}`)
    const gone = (await response.json()) as RowDetails
    if (response.ok && gone.isGone && gone.history.length === 3) {
      assert.equal(
        gone.history.map(({ kind, cause, words, was }) => [kind, cause, words[1], was?.[1]]),
        [
          ['removed', 'notification', 'via 10.0.0.10', undefined],
          ['changed', 'notification', 'via 10.0.0.10', 'via 10.0.0.9'],
          ['added', 'notification', 'via 10.0.0.9', undefined],
        ],
      )
      break
    }
    assert.ok(tries < 200, JSON.stringify(gone))
    await delay(20)
  }
  await get(path('4711'), 404)
})

api('EVPN: where the traffic of a VNI goes, and what fails', async () => {
  const { vnis, picture } = await get<EvpnOverview>('evpn?vni=42')
  assert.equal(
    vnis.map(({ vni, groups, macs, failing }) => [vni, groups, macs, failing]),
    [[42, 1, 2, 0]],
  )
  assert.equal(
    picture?.groups.map(({ nhId, status, paths }) => [nhId, status, paths]),
    [
      [
        102,
        'resolved',
        [
          { vtep: '10.0.0.50', weight: 3, share: 75 },
          { vtep: '10.0.0.51', weight: 1, share: 25 },
        ],
      ],
    ],
  )
  assert.equal(picture?.vteps.map(({ name, macs }) => [name, macs]).sort(), [
    ['10.0.0.50', 0],
    ['10.0.0.51', 0],
    ['10.0.0.60', 1],
  ])
  const macs = await windowOf(`evpn-fdb?filter=${encodeURIComponent('vni:42 "nhid 102"')}`)
  assert.equal(
    macs.rows.map(({ words }) => words[1]),
    ['02:00:00:00:00:01'],
  )
  // The vxlan sends by IPv4 only.
  ip('-n a nexthop replace id 101 via 2001:db8::9 fdb')
  for (let tries = 0; ; tries++) {
    const failing = await get<EvpnOverview>('evpn?vni=42')
    const [group] = failing.picture?.groups ?? []
    if (group?.status === 'partial') {
      assert.equal(group.failures, [{ member: 101, reason: 'family' }])
      assert.equal(
        group.paths.map(({ vtep, share }) => [vtep, share]),
        [['10.0.0.50', 100]],
      )
      assert.ok(failing.vnis[0]!.failing > 0)
      assert.ok(failing.picture?.troubles.some(({ why, all }) => why.includes('nexthop 101 family') && !all))
      break
    }
    assert.ok(tries < 200, JSON.stringify(group))
    await delay(20)
  }
})

api('a client that does not read is told what there was, each change counted, in bounded memory', async () => {
  const { port } = new URL(view.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('GET /api/changes?table=route HTTP/1.1\r\nHost: localhost\r\n\r\n')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  while (!text.includes(': connected')) await delay(10)
  socket.pause()
  await delay(100)
  const before = (await get<Activity>('activity')).tables.find(({ name }) => name === 'route')!.changes
  const rounds = 8
  for (let round = 0; round < rounds; round++) {
    batch(hosts.map((host) => `route change ${host}/32 via 10.0.0.${3 + round}`))
  }
  const expected = rounds * many
  const counted = async (): Promise<number> =>
    (await get<Activity>('activity')).tables.find(({ name }) => name === 'route')!.changes - before
  for (let tries = 0; (await counted()) < expected; tries++) {
    assert.ok(tries < 500, `${await counted()} of ${expected}`)
    await delay(20)
  }
  socket.resume()
  const messages = (): ChangesMessage[] =>
    [...text.matchAll(/^data: (.*)$/gm)].flatMap(([, json = '']) => {
      try {
        return [JSON.parse(json) as ChangesMessage]
      } catch {
        // The end of it has not come.
        return []
      }
    })
  const sum = (): number => messages().reduce((all, { tables }) => all + (tables.route ?? 0), 0)
  for (let tries = 0; sum() < expected; tries++) {
    assert.ok(tries < 500, `${sum()} of ${expected}`)
    await delay(20)
  }
  assert.is(sum(), expected)
  const told = messages().reduce(
    (all, { rows, left }) => all + left + rows.reduce((times, row) => times + row.times, 0),
    0,
  )
  assert.is(told, expected)
  console.log(`${expected} changes in ${messages().length} messages of ${text.length} bytes`)
  assert.ok(messages().length < expected / 20)
  socket.destroy()
})

api('rows are found by the name that an interface has now', async () => {
  ip('-n a address add 10.77.0.1/24 dev p0')
  const found = async (name: string): Promise<number> =>
    (await windowOf(`address?filter=${encodeURIComponent(`10.77. ${name}`)}`)).total
  const until = async (name: string, count: number): Promise<void> => {
    for (let tries = 0; (await found(name)) !== count; tries++) {
      assert.ok(tries < 200, name)
      await delay(20)
    }
  }
  await until('p0', 1)
  await until('w9', 0)
  ip('-n a link set p0 name w9')
  await until('w9', 1)
  await until('p0', 0)
})

api('it is not open to others without a token or certificates', async () => {
  for (const host of ['0.0.0.0', '::', '10.0.0.1']) {
    try {
      await serveView(source, { host, port: 0 })
      assert.unreachable(host)
    } catch (error) {
      assert.match((error as Error).message, `${host} can be reached by others`)
    }
  }
})

api.run()
