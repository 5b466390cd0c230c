import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { changesOf } from '@rtnl/live-table'
import { Notifier } from '@rtnl/notifier'
import { findTable, InterfaceNames, openPart, partOf, TableActivity } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { paints } from '../../src/output/paint.ts'
import { Look } from '../../src/top/screens/look.ts'
import type { Screen, Size } from '../../src/top/screens/screen.ts'
import { TopApp } from '../../src/top/top-app.ts'
import { frame } from '../../src/top/view/frame.ts'
import { ip } from '../support/ip.ts'

const app = suite('the screens of rtnl top, without a terminal')

ip('netns add a')
// Otherwise the kernel says of a route with a nexthop object also what it derives from that.
execFileSync('ip', ['netns', 'exec', 'a', 'sysctl', '-qw', 'net.ipv4.nexthop_compat_mode=0'])
ip('-n a link set lo up')
ip('-n a link add v0 type veth peer name p0')
for (const name of ['v0', 'p0']) {
  ip(`-n a link set ${name} addrgenmode none`)
  ip(`-n a link set ${name} up`)
}
ip('-n a address add 10.0.0.1/24 dev v0')
const notifier = await Notifier.open({ netns: 'a' })
const [{ ifindex }] = JSON.parse(ip('-n a -j link show v0'))

const modules = ['link', 'nexthop', 'route'].map(findTable)
const tables = await Promise.all(modules.map((module) => openPart(partOf(module, {}), { notifier })))
const followed = modules.map((module, place) => ({ module, table: tables[place]! }))
const names = await InterfaceNames.follow(notifier)
const startedAt = 1_000_000
let now = startedAt
const stop = new AbortController()
const changes = changesOf(tables, { signal: stop.signal })

/** A model and its screens, as after a start. */
function started(look = new Look(names, paints(false), false)) {
  const model = new TableActivity(
    followed,
    () => notifier.connection.stats(),
    () => now,
  )
  return { model, top: new TopApp(followed, model, { netns: 'blue', startedAt }, look) }
}

/** Gives a model all that has happened. */
async function settle(model: TableActivity): Promise<void> {
  await Promise.all(tables.map((table) => table.waitForSync()))
  // A stream has what comes at once, and waits then.
  while (true) {
    const next = pending ?? changes.next()
    pending = undefined
    const batch = await Promise.race([next, delay(20, undefined)])
    if (batch === undefined) {
      pending = next
      return
    }
    if (batch.done !== true) model.count(batch.value)
  }
}
let pending: ReturnType<typeof changes.next> | undefined

const usual: Size = { columns: 100, rows: 30 }
const lines = (screen: Screen, size = usual): string[] => frame(screen, size, false).map((line) => line.trimEnd())
const press = (top: TopApp, ...sequences: string[]): void => {
  for (const sequence of sequences) top.press({ sequence, name: keyNames[sequence] })
}
const keyNames: Record<string, string> = { '\r': 'return', '\x1b': 'escape', '\t': 'tab', down: 'down', up: 'up' }

app.before(async () => {
  await settle(started().model)
})
app.after(async () => {
  stop.abort()
  await pending?.catch(() => {})
  notifier.close()
})

app(
  'what tables hold is no change; what happens is counted by table, prefix, interface, protocol and cause',
  async () => {
    const { model } = started()
    for (const id of [1, 2, 3]) {
      ip(`-n a nexthop add id ${id} via 10.0.0.${id + 1} dev v0 proto bgp`)
    }
    ip('-n a nexthop add id 10 group 1 proto bgp')
    ip('-n a route add 10.9.0.0/16 nhid 10 proto bgp')
    ip('-n a nexthop del id 3')
    await settle(model)
    const reading = model.read()
    assert.equal(
      reading.tables.map(({ module, rows, changes }) => [module.name, rows, changes]),
      [
        ['link', 3, 0],
        ['nexthop', 3, 5],
        ['route', tables[2]!.size, 1],
      ],
    )
    assert.equal(
      reading.prefixes.map(({ key, count }) => [key, count]),
      [['10.9.0.0/16', 1]],
    )
    assert.equal(
      reading.interfaces.map(({ key, count }) => [key, count]),
      [[ifindex, 4]],
    )
    assert.equal(
      reading.protocols.map(({ key, count }) => [key, count]),
      [['bgp', 6]],
    )
    assert.equal(reading.causes, { dump: 0, notification: 6, inferred: 0, resync: 0 })
  },
)

app('silent changes have their cause', async () => {
  const { model } = started()
  ip('-n a link set v0 down')
  await settle(model)
  const inferred = model.read()
  // The three nexthops and the route that needs them, and whatever else was on the link.
  assert.ok(inferred.causes.inferred >= 4, String(inferred.causes.inferred))
  const { table, cause, reason, changes: found } = inferred.lastResyncs.find((one) => one.table === 'nexthop')!
  assert.equal([table, cause, reason, found], ['nexthop', 'inferred', 'link', 3])
  ip('-n a link set v0 up')
  await settle(model)
})

app('a screen has as many lines as the terminal, none wider, and in ASCII where that is all there is', async () => {
  const { model, top } = started()
  ip('-n a nexthop replace id 1 via 10.0.0.2 dev v0')
  await settle(model)
  for (const size of [
    usual,
    { columns: 40, rows: 20 },
    { columns: 20, rows: 6 },
    { columns: 250, rows: 70 },
    { columns: 1, rows: 1 },
  ]) {
    for (const keys of [[], ['down', '\r'], ['\r'], ['\x1b', '\x1b']]) {
      press(top, ...keys)
      const seen = lines(top.screen(size), size)
      assert.is(seen.length, size.rows)
      for (const line of seen) {
        assert.ok(line.length <= size.columns, `${line} at ${size.columns}`)
        assert.match(line, /^[ -~]*$/)
      }
    }
  }
})

app('keys choose, open, sort, filter and go back', async () => {
  const { model, top } = started()
  for (const id of [1, 2, 3]) ip(`-n a nexthop replace id ${id} via 10.0.0.9 dev v0`)
  ip('-n a nexthop replace id 10 group 2')
  ip('-n a route add 10.8.0.0/16 nhid 2 proto static')
  await settle(model)
  now += 1000
  ip('-n a nexthop replace id 2 via 10.0.0.8 dev v0')
  await settle(model)
  top.screen(usual)
  press(top, 'down', '\r')
  const rows = (): string[] =>
    lines(top.screen(usual))
      .slice(6, -1)
      .filter((line) => line !== '')
  assert.equal(
    rows()
      .map((line) => line.slice(20))
      .sort(),
    [
      'id 1 via 10.0.0.9 dev v0 scope link',
      'id 10 group 2',
      'id 2 via 10.0.0.8 dev v0 scope link',
      'id 3 via 10.0.0.9 dev v0 scope link',
    ],
  )
  press(top, 's')
  // Two changes of the one, one of each other.
  assert.match(rows()[0]!, /^. +2 +0s +id 2 via 10\.0\.0\.8 dev v0 scope link$/)
  assert.equal(
    rows()
      .slice(1)
      .map((line) => line.slice(2, 17).trim()),
    ['1      1s', '1      1s', '1      1s'],
  )
  press(top, '/', '9', '\r')
  assert.equal(
    rows()
      .map((line) => line.slice(20, 24))
      .sort(),
    ['id 1', 'id 3'],
  )
  assert.match(lines(top.screen(usual))[4]!, /^4 nexthops, 2 with '9'$/)
  press(top, '/', '\x1b')
  assert.is(rows().length, 4)
  press(top, '/', 'i', 'd', ' ', '2', '\r')
  rows()
  press(top, '\r')
  top.screen(usual)
  const open = lines(top.screen(usual))
  assert.equal(open.slice(4, 8), ['nexthop', '  id 2', '  via 10.0.0.8', '  dev v0'])
  const history = open.slice(open.findIndex((line) => line.startsWith('HISTORY')))
  assert.is(history[0], 'HISTORY  2 changes')
  assert.match(history[1]!, /~ nexthop id 2 via 10\.0\.0\.9 -> 10\.0\.0\.8$/)
  assert.match(history[2]!, /\+ nexthop id 2 via 10\.0\.0\.9 dev v0 scope link$/)
  assert.equal(history.slice(3, 6), [
    'REFERRED TO BY  2 entries',
    '  nexthop   id 10 group 2',
    '  route     10.8.0.0/16 nhid 2 proto static',
  ])
  press(top, '\x1b', '\x1b')
  assert.match(lines(top.screen(usual))[4]!, /^ {2}TABLE/)
})

app('while it is paused nothing moves but by keys, and nothing is missed', async () => {
  const { model, top } = started()
  const before = lines(top.screen(usual))
  press(top, 'p')
  ip('-n a route add 10.7.0.0/16 dev v0')
  await settle(model)
  now += 5000
  const held = lines(top.screen(usual))
  assert.match(held[0]!, /PAUSED/)
  assert.equal(held.slice(1, -1), before.slice(1, -1))
  press(top, 'p')
  assert.match(
    lines(top.screen(usual)).find((line) => line.includes('  route '))!,
    /^ {2}route +\d+ +0\.2|^ {2}route .* 1 /,
  )
})

app('keys that end it or stop it are told', () => {
  const { top } = started()
  assert.is(top.press({ name: 'c', ctrl: true }), 'quit')
  assert.is(top.press({ name: 'z', ctrl: true }), 'suspend')
  press(top, '/')
  // It is a letter of a filter then.
  assert.is(top.press({ name: 'q', sequence: 'q' }), 'draw')
  press(top, '\x1b')
  assert.is(top.press({ name: 'q', sequence: 'q' }), 'quit')
})

app.run()
