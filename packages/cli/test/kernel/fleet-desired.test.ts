// timeout: 300
// runtimes: node
// wants: nats-server
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DesiredState, Fleet, NoStreamError, type SetReport } from '@rtnl/fleet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TestServer } from '../../../fleet/test/support/nats-server.ts'
import { ip, ipBatch, ipJson } from '../../../route/test/support/ip.ts'
import { command, folder as packageFolder, rtnl } from '../support/rtnl.ts'

const fleet = suite('desired state of a fleet')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-fleet-desired-'))
const nodes = ['one', 'two', 'three'] as const
type Name = (typeof nodes)[number]
let server: TestServer
const agents = new Map<Name, ChildProcess>()

interface Shown {
  readonly node: string
  readonly outcome: string
  readonly state?: string
  readonly desired?: number
  readonly causes?: readonly { readonly cause: string }[]
  readonly conflicts?: number
  readonly version?: string
  readonly drift?: { readonly healed: number }
}

/** @param without a capability that the agent does not have */
function startAgent(name: Name, without?: string): void {
  const limits = without === undefined ? [] : ['setpriv', `--bounding-set=-${without}`, `--inh-caps=-${without}`]
  const words = [
    'netns',
    'exec',
    `rtnl-${name}`,
    ...limits,
    ...command(),
    'agent',
    '--config',
    join(folder, name, 'agent.json'),
  ]
  agents.set(name, spawn('ip', words, { cwd: packageFolder, stdio: 'ignore' }))
}

async function stopAgent(name: Name, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const child = agents.get(name)
  agents.delete(name)
  if (child === undefined) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

fleet.before(async () => {
  // The nodes reach it from their namespaces.
  server = await TestServer.start('', () => {}, '0.0.0.0')
  ip('link set lo up')
  for (const [number, name] of nodes.entries()) {
    ip(`netns add rtnl-${name}`)
    ip(`link add f${number} type veth peer name v0 netns rtnl-${name}`)
    ip(`address add 10.9.${number}.1/24 dev f${number}`)
    ip(`link set f${number} up`)
    ipBatch(`rtnl-${name}`, ['link set lo up', 'link set v0 up', `address add 10.9.${number}.2/24 dev v0`])
    mkdirSync(join(folder, name, 'desired.d'), { recursive: true })
    const config = {
      ...{ tables: ['link', 'route'], desired: join(folder, name, 'desired.d'), state: join(folder, name, 'state') },
      listen: false,
      nats: {
        servers: `nats://10.9.${number}.1:${server.port}`,
        fleet: 'prod.eu',
        node: name,
        maxBytes: 64 * 1024 * 1024,
      },
    }
    writeFileSync(join(folder, name, 'agent.json'), JSON.stringify(config))
  }
})

fleet.after(async () => {
  for (const name of nodes) {
    await stopAgent(name, 'SIGKILL')
    ip(`netns delete rtnl-${name}`)
  }
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function run(...words: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return await rtnl(['fleet', ...words, '--fleet', 'prod.eu', '--server', server.url])
}

async function json<Result>(code: number, ...words: readonly string[]): Promise<Result> {
  const ended = await run(...words, '--json')
  assert.equal([ended.code, ended.stderr], [code, ''], ended.stdout)
  return JSON.parse(ended.stdout) as Result
}

interface Rollout {
  readonly version: string | null
  readonly stopped: string | null
  readonly nodes: readonly Shown[]
}

const outcomes = ({ nodes: shown }: Rollout): Record<string, string> =>
  Object.fromEntries(shown.map(({ node, outcome, state }) => [node, `${outcome} ${state}`]))

/** What the nodes say of the set. */
async function reports(): Promise<SetReport[]> {
  await using state = await DesiredState.open({ servers: server.url, fleet: 'prod.eu' })
  return await state.reports('ours')
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds()) return
    await delay(100)
  }
  assert.unreachable(what)
}

/** Waits until exactly these nodes are there. */
async function live(...names: readonly string[]): Promise<void> {
  await until(`${names} are there`, async () => {
    try {
      using reader = await Fleet.open({ servers: server.url, fleet: 'prod.eu', tables: [] })
      const there = [...reader.nodes].filter(({ state }) => state !== 'gone').map(({ node }) => node)
      return there.sort().join() === names.join()
    } catch (error) {
      assert.instance(error, NoStreamError)
      return false
    }
  })
}

/** Routes of table 100 by `ip`: destination and protocol. */
function routes(name: Name): string[] {
  return ipJson<{ dst: string; table?: string; protocol: string }>(`rtnl-${name}`, 'route show table all')
    .filter(({ table }) => table === '100')
    .map(({ dst, protocol }) => `${dst} ${protocol}`)
    .sort()
}

/** A file of so many routes, and what `ip` is to show of them. */
function write(first: number, amount: number): string[] {
  const all = Array.from({ length: amount }, (_, index) => `20.${first}.${Math.floor(index / 256)}.${index % 256}`)
  const entries = all.map((dst) => ({ dst: `${dst}/32`, oif: 'v0', scope: 253 }))
  writeFileSync(
    join(folder, 'ours.json'),
    JSON.stringify({ table: 'route', owner: { protocol: 84, table: 100 }, entries }),
  )
  return all.map((dst) => `${dst} 84`).sort()
}

const file = join(folder, 'ours.json')

fleet(
  '1,000 routes to three nodes: one is down and comes back, one may not write; the others hold exactly these',
  async () => {
    const wanted = write(0, 1000)
    for (const name of nodes) ip(`-n rtnl-${name} route add 30.0.0.0/24 dev v0 table 100 proto 85`)
    const others = '30.0.0.0/24 85'
    startAgent('one')
    startAgent('two', 'net_admin')
    startAgent('three')
    await live('one', 'three', 'two')
    await stopAgent('three')
    const applied = await json<Rollout>(1, 'apply', '--file', file, '--node', '*')
    assert.equal(outcomes(applied), { one: 'done applied', three: 'away undefined', two: 'failed failing' })
    assert.match(applied.nodes[2]?.causes?.[0]?.cause ?? '', /operation not permitted \(EPERM\)/i)
    assert.equal(routes('one'), [...wanted, others].sort())
    assert.equal(routes('two'), [others])
    assert.equal(routes('three'), [others])
    startAgent('three')
    await until('it catches up', () => routes('three').length === 1001)
    assert.equal(routes('three'), [...wanted, others].sort())
    await until('it says so', async () =>
      (await reports()).some(({ node, state }) => node === 'three' && state === 'applied'),
    )
    ip('-n rtnl-one route delete 20.0.0.7/32 table 100')
    await until('what somebody removed is back', () => routes('one').length === 1001)
    await until('it is told', async () => (await reports()).find(({ node }) => node === 'one')?.drift?.healed === 1)
    const [shown] = await json<{ set: string; nodes: string[]; reports: Shown[] }[]>(0, 'status', 'ours')
    assert.equal([shown?.set, shown?.nodes], ['ours', ['*']])
    assert.equal(
      shown?.reports.map(({ node, state, desired }) => [node, state, desired]),
      [
        ['one', 'applied', 1000],
        ['three', 'applied', 1000],
        ['two', 'failing', 1000],
      ],
    )
    const differences = await json<{ node: string; add: unknown[]; unchanged: number }[]>(0, 'diff', 'ours')
    assert.equal(
      differences.map(({ node, add, unchanged }) => [node, add.length, unchanged]),
      [
        ['one', 0, 1000],
        ['three', 0, 1000],
        ['two', 1000, 0],
      ],
    )
  },
)

function emptyFile(): string {
  const path = join(folder, 'empty.json')
  writeFileSync(path, JSON.stringify({ table: 'route', owner: { protocol: 86, table: 101 }, entries: [] }))
  return path
}

fleet('a rollout goes node by node, and stops where one fails; resumed, it goes on', async () => {
  const before = routes('three')
  const wanted = write(1, 10)
  const stopped = await json<Rollout>(1, 'apply', '--file', file, '--node', '*', '--max-unavailable', '1')
  // By their names: one, three, two. The last one fails.
  assert.equal(outcomes(stopped), { one: 'done applied', three: 'done applied', two: 'failed failing' })
  assert.is(stopped.stopped, 'two failed')
  assert.is.not(before.length, routes('three').length)
  await stopAgent('two')
  startAgent('two')
  await live('one', 'three', 'two')
  const resumed = await json<Rollout>(0, 'apply', '--resume', '--name', 'ours', '--max-unavailable', '1')
  assert.equal(outcomes(resumed), { one: 'done applied', three: 'done applied', two: 'done applied' })
  for (const name of nodes) assert.equal(routes(name), [...wanted, '30.0.0.0/24 85'].sort())
})

fleet("what the node's own files own wins, and is told", async () => {
  const same = [{ dst: '20.1.0.3/32', oif: 'v0', scope: 253 }]
  writeFileSync(
    join(folder, 'one', 'desired.d', 'own.json'),
    JSON.stringify({ table: 'route', owner: { protocol: 87, table: 100 }, entries: same }),
  )
  await until('the own one is there', () => routes('one').includes('20.1.0.3 87'))
  assert.not(routes('one').includes('20.1.0.3 84'))
  await until('it is told', async () => {
    const report = (await reports()).find(({ node }) => node === 'one')
    return report?.state === 'conflict' && report.conflicts === 1
  })
  rmSync(join(folder, 'one', 'desired.d', 'own.json'))
  await until('the one of the fleet is back', () => routes('one').includes('20.1.0.3 84'))
})

fleet('what is removed goes exactly, also from a node that was away', async () => {
  await stopAgent('three')
  await until('it is known to be away', async () => {
    const left = await json<Rollout>(0, 'remove', 'ours')
    return outcomes(left).three?.startsWith('away') === true
  })
  assert.equal([routes('one'), routes('two')], [['30.0.0.0/24 85'], ['30.0.0.0/24 85']])
  assert.is(routes('three').length, 11)
  startAgent('three')
  await until('it is gone there too', () => routes('three').length === 1)
  assert.equal(routes('three'), ['30.0.0.0/24 85'])
  assert.equal((await run('remove', 'ours')).stdout.split('\n')[0], 'ours is removed')
  const ended = await run('status', 'ours')
  assert.equal([ended.code, ended.stderr], [1, 'rtnl: ours: there is no such set\n'])
})

fleet('bad input changes nothing', async () => {
  writeFileSync(file, '{"table": "route", "owner": {"protocol": 84}, "entries": [{"dst": "10.0.0.0/33"}]}')
  const bad = await run('apply', '--file', file, '--node', '*')
  assert.is(bad.code, 2)
  assert.match(bad.stderr, /ours\.json:1:\d+: entries\.0\.dst: /)
  assert.match((await run('apply', '--file', emptyFile())).stderr, /--node GLOB is needed/)
  assert.match((await run('apply', '--resume')).stderr, /--resume needs --name/)
  assert.match((await run('remove', 'none')).stderr, /none: there is no such set/)
})

fleet.run()
