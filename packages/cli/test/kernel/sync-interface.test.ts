// timeout: 240
import { type ChildProcess, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch } from '../support/ip.ts'
import { type Ended, finish, rtnl, start } from '../support/rtnl.ts'
import { eventually } from '../support/watching.ts'

const named = suite('sync --keep --dev NAME')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-sync-interface-'))

function file(name: string, entries: readonly object[]): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(entries))
  return path
}

const neighbors = file('neighbors.json', [
  { dst: '10.0.0.5', lladdr: '02:00:00:00:00:05' },
  { dst: '10.0.0.6', lladdr: '02:00:00:00:00:06' },
])
const addresses = file('addresses.json', [{ lladdr: '02:00:00:00:00:07' }])

const children = new Set<ChildProcess>()

/** Keeps the entries of a file on an interface, until `end`. */
function controller(table: string, dev: string, path: string, ...more: readonly string[]) {
  const child = start(['sync', table, '--netns', 's', '--dev', dev, '--file', path, '--keep', ...more])
  children.add(child)
  const ended = finish(child)
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (text) => {
      said[stream] += text
    })
  }
  const end = async (): Promise<Ended> => {
    process.kill(child.pid ?? 0, 'SIGTERM')
    return await ended
  }
  return { said, end }
}

/** The static neighbours of an interface, as `ip` prints them; none of one that is not there. */
function neighborsOf(dev: string): string[] {
  const links: { ifname: string }[] = JSON.parse(ip('-n s -j link'))
  if (!links.some(({ ifname }) => ifname === dev)) return []
  const found: { dst: string; state: readonly string[] }[] = JSON.parse(ip(`-n s -j neigh show dev ${dev} nud noarp`))
  return found
    .map(({ dst }) => dst)
    .filter((dst) => dst.startsWith('10.'))
    .sort()
}

/** Where an address is static, as `bridge` prints it. */
function placesOf(lladdr: string): string[] {
  const text = execFileSync('bridge', ['-n', 's', '-j', 'fdb'], { encoding: 'utf8' })
  const found: { mac: string; ifname: string; master?: string; state: string; vlan?: number }[] = JSON.parse(text)
  return found
    .filter(({ mac, state, vlan }) => mac === lladdr && state === 'static' && vlan === undefined)
    .map(({ ifname, master }) => `${ifname} of ${master}`)
}

/** It gets its name when it is up: what is static goes when a carrier comes or goes. */
const veth = (name: string, index: number): string[] => [
  `link add made${index} index ${index} type veth peer name p${index}`,
  `link set p${index} up`,
  `link set made${index} up`,
  `link set made${index} name ${name}`,
]
const both = ['10.0.0.5', '10.0.0.6']

named.before.each(() => {
  ip('netns add s')
  // Without any local address the kernel takes neighbours for broadcast addresses.
  ip('-n s link set lo up')
})

named.after.each(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  ip('netns delete s')
})

named.after(() => rmSync(folder, { recursive: true }))

named('waits for an interface, follows it when it is made again, and leaves others alone', async () => {
  const { said, end } = controller('neighbor', 'v0', neighbors, '--on-exit', 'remove')
  await eventually(() => said.stderr !== '')
  assert.is(said.stderr, 'rtnl: 2 neighbours wait for v0, which does not exist\n')
  ipBatch('s', veth('v0', 10))
  await eventually(() => neighborsOf('v0').join() === both.join())
  await eventually(() => said.stdout.includes('keeping them'))
  ip('-n s neigh del 10.0.0.5 dev v0')
  await eventually(() => neighborsOf('v0').join() === both.join())
  ip('-n s link del v0')
  ipBatch('s', veth('w0', 10))
  ipBatch('s', veth('v0', 20))
  await eventually(() => neighborsOf('v0').join() === both.join())
  assert.equal(neighborsOf('w0'), [])
  ip('-n s link del v0')
  ipBatch('s', veth('v0', 20))
  await eventually(() => neighborsOf('v0').join() === both.join())
  const { code, stdout, stderr } = await end()
  assert.is(code, 0)
  assert.match(stdout, /^plan: 2 to add.*\ndone: 2 added.*\n(healed: .*\n)+removed 2\n$/)
  assert.match(stderr, /^(rtnl: (2 neighbours wait for|over: 2 neighbours waited for) v0, which does not exist\n)+$/)
  assert.equal(neighborsOf('v0'), [])
  assert.equal(neighborsOf('w0'), [])
})

named('moves the entries to the interface that takes the name', async () => {
  ipBatch('s', [...veth('v0', 10), ...veth('w0', 11)])
  const { said, end } = controller('neighbor', 'v0', neighbors)
  await eventually(() => said.stdout.includes('keeping them'))
  ip('-n s link set v0 name old')
  await eventually(() => neighborsOf('old').length === 0)
  ip('-n s link set w0 name v0')
  await eventually(() => neighborsOf('v0').join() === both.join())
  assert.equal(neighborsOf('old'), [])
  assert.is((await end()).code, 0)
  assert.equal(neighborsOf('v0'), both)
})

named('tells as JSON what it waits for', async () => {
  const { said, end } = controller('neighbor', 'v0', neighbors, '--json', '--on-exit', 'remove')
  await eventually(() => said.stdout !== '')
  ipBatch('s', veth('v0', 10))
  await eventually(() => neighborsOf('v0').join() === both.join())
  const { code, stdout, stderr } = await end()
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  const [waiting, over] = stdout
    .split('\n')
    .map((line) => (line.startsWith('{"waiting"') ? JSON.parse(line) : undefined))
  assert.equal(waiting, {
    waiting: [
      {
        cause: 'v0, which does not exist',
        count: 2,
        example: { dst: '10.0.0.5', lladdr: '02:00:00:00:00:05' },
      },
    ],
  })
  assert.equal(over, { waiting: [] })
  assert.match(stdout, /^\{"removed":2\}$/m)
})

named('follows a port to another bridge, and waits while it is in none', async () => {
  ipBatch('s', [
    ...['br0', 'br1'].flatMap((name) => [`link add ${name} type bridge`, `link set ${name} up`]),
    ...veth('e0', 10),
    'link set e0 master br0',
  ])
  const at =
    (...places: readonly string[]) =>
    () =>
      placesOf('02:00:00:00:00:07').join() === places.join()
  const { said, end } = controller('fdb', 'e0', addresses, '--on-exit', 'remove')
  await eventually(at('e0 of br0'))
  await eventually(() => said.stdout.includes('keeping them'))
  ip('-n s link set e0 master br1')
  await eventually(at('e0 of br1'))
  // It is known and healed there.
  execFileSync('bridge', ['-n', 's', 'fdb', 'del', '02:00:00:00:00:07', 'dev', 'e0', 'master'])
  await eventually(at('e0 of br1'))
  ip('-n s link set e0 nomaster')
  await eventually(() => said.stderr.includes('waits for e0, which is neither a vxlan nor a port of a bridge'))
  assert.ok(at()())
  ip('-n s link set e0 master br0')
  await eventually(at('e0 of br0'))
  const { code, stderr } = await end()
  assert.is(code, 0)
  assert.not.match(stderr, /does not show/)
  assert.ok(at()())
})

named('a route stays on an interface that is renamed, and goes to the next one of the name', async () => {
  ipBatch('s', veth('v0', 10))
  const routes = (): string[] =>
    JSON.parse(ip('-n s -N -j route show proto 84')).map(
      ({ dst, dev }: { dst: string; dev: string }) => `${dst} ${dev}`,
    )
  const path = file('named.json', [{ dst: '10.9.0.0/16', oif: 'v0' }])
  const place = ['--netns', 's', '--protocol', '84', '--file', path]
  const child = start(['sync', 'route', ...place, '--keep', '--on-exit', 'remove'])
  children.add(child)
  const ended = finish(child)
  let said = ''
  child.stderr?.on('data', (text) => {
    said += text
  })
  await eventually(() => routes().join() === '10.9.0.0/16 v0')
  ip('-n s link set v0 name old')
  await eventually(() => said.includes('1 route waits for link v0, which does not exist'))
  assert.equal(routes(), ['10.9.0.0/16 old'])
  ipBatch('s', veth('v0', 20))
  await eventually(() => routes().join() === '10.9.0.0/16 v0')
  process.kill(child.pid ?? 0, 'SIGTERM')
  assert.match((await ended).stdout, /^removed 1$/m)
  assert.equal(routes(), [])
})

const broadcast = file('broadcast.json', [
  { dst: '10.0.0.5', lladdr: '02:00:00:00:00:05' },
  { dst: '10.0.0.255', lladdr: '02:00:00:00:00:09' },
])

named('a broadcast address of an interface is refused by its place in the file, and nothing is sent', async () => {
  ipBatch('s', [...veth('v0', 10), 'address add 10.0.0.1/24 dev v0'])
  const [route] = JSON.parse(ip('-n s -j route get 10.0.0.255'))
  assert.is(route.type, 'broadcast')
  for (const more of [[], ['--additive'], ['--keep'], ['--dry-run']]) {
    const { code, stdout, stderr } = await rtnl([
      ...['sync', 'neighbor', '--netns', 's', '--dev', 'v0', '--file', broadcast],
      ...more,
    ])
    const text = `${broadcast}: [1].dst: 10.0.0.255 is a broadcast address, which can have no neighbour`
    assert.equal([code, stdout, stderr.trim()], [2, '', `rtnl: ${text}`], more.join())
  }
  assert.equal(neighborsOf('v0'), [])
})

named(
  'one that becomes a broadcast address while it is kept waits, also on an interface that is made again',
  async () => {
    ipBatch('s', veth('v0', 10))
    const { said, end } = controller('neighbor', 'v0', broadcast)
    await eventually(() => said.stdout.includes('keeping them'))
    assert.equal(neighborsOf('v0'), ['10.0.0.255', '10.0.0.5'])
    const told = 'rtnl: 1 neighbour waits for 10.0.0.255 to be no broadcast address any more'
    ip('-n s address add 10.0.0.1/24 dev v0')
    await eventually(() => said.stderr.includes(told))
    ip('-n s link del v0')
    ipBatch('s', [...veth('w0', 20), 'address add 10.0.0.1/24 dev w0'])
    said.stderr = ''
    ip('-n s link set w0 name v0')
    await eventually(() => neighborsOf('v0').join() === '10.0.0.5')
    await eventually(() => said.stderr.includes(told))
    ip('-n s address del 10.0.0.1/24 dev v0')
    await eventually(() => neighborsOf('v0').join() === '10.0.0.255,10.0.0.5')
    assert.is((await end()).code, 0)
  },
)

named('without --keep an interface has to be there, and of the right kind', async () => {
  ipBatch('s', veth('e0', 10))
  const absent = await rtnl(['sync', 'fdb', '--netns', 's', '--dev', 'nosuch', '--file', addresses])
  assert.equal([absent.code, absent.stdout], [1, ''])
  const unfit = await rtnl(['sync', 'fdb', '--netns', 's', '--dev', 'e0', '--file', addresses])
  assert.equal([unfit.code, unfit.stdout], [2, ''])
  assert.is(unfit.stderr, 'rtnl: --dev: e0 is neither a vxlan nor a port of a bridge\n')
})

named.run()
