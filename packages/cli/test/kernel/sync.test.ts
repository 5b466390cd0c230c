// timeout: 240
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../support/ip.ts'
import { finish, rtnl, rtnlProcess, start } from '../support/rtnl.ts'
import { eventually } from '../support/watching.ts'

const sync = suite('sync')

const folder = mkdtempSync(join(tmpdir(), 'rtnl-sync-'))
let files = 0

/** A file with this content. */
function file(content: unknown): string {
  const path = join(folder, `${++files}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const routes = (table: number): string[] =>
  JSON.parse(ip(`-n s -N -j route show table ${table}`)).map(
    ({ dst, gateway, protocol }: { dst: string; gateway: string; protocol: string }) => `${dst} ${gateway} ${protocol}`,
  )

const wanted = [
  { dst: '20.0.0.0/24', gateway: '10.0.0.2' },
  { dst: '20.0.1.0/24', gateway: '10.0.0.3' },
]

sync.before(() => {
  ip('netns add s')
  ip('-n s link set lo up')
  ip('-n s link add v0 type veth peer name p0')
  ip('-n s link set v0 up')
  ip('-n s link set p0 up')
  ip('-n s addr add 10.0.0.1/24 dev v0')
})

/** Writes routes of one protocol in the namespace. */
const ours = ['sync', 'route', '--netns', 's', '--protocol', '84']

sync.after(() => {
  ip('netns delete s')
  rmSync(folder, { recursive: true })
})

sync('puts routes in, changes them, and takes them out; others stay', async () => {
  ip('-n s route add 30.0.0.0/24 via 10.0.0.9 proto 99 table 100')
  const args = [...ours, '--table', '100']
  const first = await rtnl([...args, '--file', file(wanted)])
  assert.equal(first.stderr, '')
  assert.is(first.code, 0)
  assert.is(
    first.stdout,
    'plan: 2 to add, 0 to replace, 0 to remove, 0 as they should be\n' +
      'done: 2 added, 0 replaced, 0 removed, 0 as they should be\n',
  )
  assert.equal(routes(100), ['20.0.0.0/24 10.0.0.2 84', '20.0.1.0/24 10.0.0.3 84', '30.0.0.0/24 10.0.0.9 99'])
  const again = await rtnl([...args, '--file', file(wanted), '--json'])
  assert.equal(JSON.parse(again.stdout), {
    plan: { add: [], replace: [], remove: [], keep: 2, conflicts: [] },
    done: { added: 0, replaced: 0, removed: 0, kept: 2 },
    failed: [],
  })
  const changed = file([{ dst: '20.0.1.0/24', gateway: '10.0.0.4' }])
  const dry = await rtnl([...args, '--file', changed, '--dry-run'])
  assert.is(
    dry.stdout,
    '~ 20.0.1.0/24 via 10.0.0.4 table 100 proto 84 (was 20.0.1.0/24 via 10.0.0.3 dev v0 table 100 proto 84)\n' +
      '- 20.0.0.0/24 via 10.0.0.2 dev v0 table 100 proto 84\n' +
      'plan: 0 to add, 1 to replace, 1 to remove, 0 as they should be\n',
  )
  assert.is(routes(100).length, 3)
  assert.is((await rtnl([...args, '--file', changed])).code, 0)
  assert.equal(routes(100), ['20.0.1.0/24 10.0.0.4 84', '30.0.0.0/24 10.0.0.9 99'])
  assert.is((await rtnl([...args, '--file', file([])])).code, 0)
  assert.equal(routes(100), ['30.0.0.0/24 10.0.0.9 99'])
})

sync('names what the kernel refused, and does the rest', async () => {
  const entries = [{ dst: '21.0.0.0/24', gateway: '203.0.113.1' }, ...wanted]
  const { code, stderr, stdout } = await rtnl([...ours, '--table', '101', '--file', file(entries)])
  assert.is(code, 1)
  assert.is(
    stderr,
    'rtnl: add 21.0.0.0/24 via 203.0.113.1 table 101 proto 84: Nexthop has invalid gateway (ENETUNREACH)\n',
  )
  assert.match(stdout, /^done: 2 added/m)
  assert.is(routes(101).length, 2)
})

sync('does not touch an entry of others that is in the way', async () => {
  ip('-n s route add 20.0.0.0/24 via 10.0.0.9 proto 99 table 102')
  const { code, stderr } = await rtnl([...ours, '--table', '102', '--file', file(wanted)])
  assert.is(code, 1)
  assert.match(stderr, /^rtnl: 20\.0\.0\.0\/24 via 10\.0\.0\.2 .*: an entry of somebody else is in the way/)
  assert.equal(routes(102), ['20.0.0.0/24 10.0.0.9 99', '20.0.1.0/24 10.0.0.3 84'])
})

/**
 * Keeps routes in a table and removes them when it is told to end, after something has happened.
 * @param happen is given what tells whether it has said something
 * @returns what it has said
 */
async function keepThenRemove(
  table: number,
  routesFile: string,
  happen: (saying: (text: string) => () => boolean) => Promise<void>,
): Promise<string> {
  const place = ['--table', `${table}`, '--file', routesFile]
  const child = start([...ours, ...place, '--keep', '--on-exit', 'remove'])
  const ended = finish(child)
  let said = ''
  child.stdout?.on('data', (text) => {
    said += text
  })
  await happen((text) => () => said.includes(text))
  // Deno takes a process that its own kill() was called for as killed, whatever it made of the signal.
  process.kill(child.pid ?? 0, 'SIGINT')
  const { code, signal, stdout, stderr } = await ended
  assert.equal({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
  return stdout
}

sync('keeps, heals, and removes at the end', async () => {
  const stdout = await keepThenRemove(103, file(wanted), async (saying) => {
    await eventually(saying('keeping them'))
    assert.equal(routes(103), ['20.0.0.0/24 10.0.0.2 84', '20.0.1.0/24 10.0.0.3 84'])
    ip('-n s route del 20.0.0.0/24 table 103')
    await eventually(saying('healed: 1 added, 0 replaced'))
    assert.ok(routes(103).includes('20.0.0.0/24 10.0.0.2 84'))
    ip('-n s route replace 20.0.1.0/24 via 10.0.0.7 proto 84 table 103')
    await eventually(saying('healed: 0 added, 1 replaced'))
    assert.ok(routes(103).includes('20.0.1.0/24 10.0.0.3 84'))
  })
  assert.match(stdout, /^removed 2$/m)
  assert.equal(routes(103), [])
})

sync('removes at the end also what it was about to put in when it was told to end', async () => {
  const many = Array.from({ length: 50_000 }, (_, index) => ({ dst: `30.${index >> 8}.${index & 255}.0/24`, oif: 1 }))
  const stdout = await keepThenRemove(104, file(many), async () => {
    ip('-n s route add 20.0.0.0/24 via 10.0.0.9 proto 99 table 104')
    await eventually(() => routes(104).length > 1)
  })
  assert.match(stdout, /^(stopped before all was done|done: .*)\nremoved \d+$/m)
  assert.equal(routes(104), ['20.0.0.0/24 10.0.0.9 99'])
})

sync('puts in nexthops, neighbours and forwarding entries', async () => {
  const { ifindex } = JSON.parse(ip('-n s -j link show v0'))[0]
  const nexthops = [
    { id: 10, group: [{ id: 1, weight: 1 }] },
    { id: 1, gateway: '10.0.0.2', oif: ifindex },
  ]
  assert.is((await rtnl(['sync', 'nexthop', '--protocol', '84', '--netns', 's', '--file', file(nexthops)])).code, 0)
  assert.is(ip('-n s nexthop').trim(), 'id 1 via 10.0.0.2 dev v0 scope link proto 84 \nid 10 group 1 proto 84')
  const neighbors = [{ dst: '10.0.0.5', lladdr: '02:00:00:00:00:05' }]
  assert.is((await rtnl(['sync', 'neighbor', '--dev', 'v0', '--netns', 's', '--file', file(neighbors)])).code, 0)
  assert.match(ip('-n s neigh show 10.0.0.5 dev v0 nud noarp'), /lladdr 02:00:00:00:00:05 NOARP/)
  ip('-n s link add vx0 type vxlan id 10 dstport 4789 local 10.0.0.1 nolearning')
  const remotes = [{ lladdr: '00:00:00:00:00:00', dst: '192.0.2.1' }]
  assert.is((await rtnl(['sync', 'fdb', '--dev', 'vx0', '--netns', 's', '--file', file(remotes)])).code, 0)
  const shown = await rtnl(['show', 'fdb', '--dev', 'vx0', '--netns', 's'])
  assert.is(shown.stdout, '00:00:00:00:00:00 dev vx0 dst 192.0.2.1 self static\n')
})

sync('says once that there is no permission, and ends the JSON that was begun', async () => {
  const many = Array.from({ length: 300 }, (_, index) => ({ dst: `21.0.${index >> 8}.${index & 255}/32`, oif: 1 }))
  for (const more of [[], ['--keep']]) {
    const args = [...ours, '--table', '100', '--file', file(many), '--json', ...more]
    const { code, stdout, stderr } = await rtnlProcess(args, { without: 'net_admin' })
    assert.is(code, 1)
    assert.match(stderr, /^rtnl: .*operation not permitted \(EPERM\).*CAP_NET_ADMIN.*\n$/)
    const { plan, done, failed } = JSON.parse(stdout)
    assert.equal([plan.add.length, done, failed.length, failed[0].code], [300, null, 1, 'EPERM'])
    assert.is(stdout.indexOf('\n'), stdout.length - 1)
  }
})

const ofRoutes = ['route', '--protocol', '84']

const refused: readonly [name: string, args: readonly string[], content: unknown, code: number, message: RegExp][] = [
  ['host bits', ofRoutes, [{ dst: '10.0.0.1/8' }], 2, /\[0\]\.dst: "10\.0\.0\.1\/8" has bits set/],
  ['a length beyond the family', ofRoutes, [{ dst: '10.0.0.0/33' }], 2, /\[0\]\.dst: .* longer than 32 bits/],
  ['a gateway of the wrong family', ofRoutes, [{ dst: '2001:db8::/32', gateway: '10.0.0.1' }], 2, /\[0\]\.gateway: /],
  ['a reserved table', [...ofRoutes, '--table', '252'], [], 2, /--table: 252 /],
  ['an unknown field', ofRoutes, [...wanted, { dst: '9.0.0.0/8', gatewy: '1.1.1.1' }], 2, /\[2\]\.gatewy: there is no/],
  ['what is wanted twice', ofRoutes, [...wanted, wanted[0]], 2, /\[2\]: .* is wanted twice, first by \[0\]/],
  ['no JSON', ofRoutes, '{', 2, /not JSON/],
  ['an empty file', ofRoutes, '', 2, /there is nothing in it/],
  ['no array', ofRoutes, {}, 2, /not an array/],
  ['no object', ofRoutes, [7], 2, /\[0\] is not an object/],
  [
    'an option that does not go with it',
    ['nexthop', '--table', '5'],
    [],
    2,
    /--table does not go with entries of nexthop/,
  ],
  ['no interface', ['neighbor'], [], 2, /needs --dev/],
  ['no protocol for routes', ['route'], [], 2, /^rtnl: sync route needs --protocol: .*; or --additive$/m],
  ['no protocol for nexthops', ['nexthop'], [], 2, /^rtnl: sync nexthop needs --protocol: .*; or --additive$/m],
  ['the end of what is not kept', [...ofRoutes, '--on-exit', 'remove'], [], 2, /--on-exit .*give --keep too/],
  ['the usual end of it', [...ofRoutes, '--on-exit', 'keep'], [], 2, /--on-exit .*give --keep too/],
  ['an interface that is not there', ['fdb', '--dev', 'nosuch'], [], 1, /there is no interface 'nosuch'/],
  ['a table that is not written', ['link'], [], 2, /entries of link are not written/],
]

/** What the kernel makes of addresses and carriers comes up to seconds after them. */
const writtenRoutes = (): string[] =>
  ip('-n s -N route show table all')
    .split('\n')
    .filter((line) => !line.includes(' proto 2 '))

for (const [name, args, content, code, message] of refused) {
  sync(`refuses ${name}, and sends nothing`, async () => {
    const before = writtenRoutes()
    const ended = await rtnl(['sync', ...args, '--netns', 's', '--file', file(content)])
    assert.is(ended.code, code, ended.stderr)
    assert.match(ended.stderr, message)
    assert.equal(writtenRoutes(), before)
  })
}

sync.run()
