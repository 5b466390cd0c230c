// timeout: 240
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch } from '../support/ip.ts'
import { finish, rtnl, start } from '../support/rtnl.ts'
import { eventually } from '../support/watching.ts'

const waiting = suite('what sync says of entries that wait')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-sync-waiting-'))
const file = join(folder, 'routes.json')
const count = 2000

/** Routes of table 100 that are ours, as `ip` counts them. */
const routes = (): number => JSON.parse(ip('-n s -j route show table 100 proto 84')).length

waiting.before.each(() => {
  ip('netns add s')
  ipBatch('s', [
    'link set lo up',
    'link add v0 type veth peer name p0',
    'link set p0 up',
    'link set v0 up',
    'address add 10.0.0.1/24 dev v0',
    // The kernel refuses to show a table that was never used.
    'route add blackhole 30.0.0.0/8 table 100',
  ])
  const all = Array.from({ length: count }, (_, index) => ({
    dst: `20.0.${index >> 8}.${index & 255}/32`,
    gateway: '10.0.0.2',
    oif: 'v0',
  }))
  writeFileSync(file, JSON.stringify(all))
})

waiting.after.each(() => {
  ip('netns delete s')
})

waiting.after(() => rmSync(folder, { recursive: true }))

/** Destinations in a file, without the length of a single address, as `ip` shows them. */
const routesOf = (name: string): string[] =>
  (JSON.parse(readFileSync(name, 'utf8')) as { dst: string }[]).map(({ dst }) => dst.replace('/32', ''))

const args = ['sync', 'route', '--netns', 's', '--protocol', '84', '--table', '100', '--file', file]

waiting('thousands of routes whose link is down are one line, and one when it is up again', async () => {
  const child = start([...args, '--keep', '--on-exit', 'remove'])
  const ended = finish(child)
  let stderr = ''
  child.stderr?.on('data', (text) => {
    stderr += text
  })
  await eventually(() => routes() === count)
  ip('-n s link set v0 down')
  await eventually(() => stderr.includes('rtnl: 2,000 routes wait for link v0, which is down\n'))
  assert.is(routes(), 0)
  ip('-n s link set v0 up')
  await eventually(() => routes() === count)
  await eventually(() => stderr.includes('rtnl: over: '))
  process.kill(child.pid ?? 0, 'SIGTERM')
  const { code, stderr: all } = await ended
  assert.is(code, 0)
  // The kernel refuses the first of them in one round, and its workers may tell of the carrier later.
  const lines = all.trimEnd().split('\n')
  assert.ok(lines.length < 12, all)
  for (const line of lines) assert.match(line, /^rtnl: (over: )?[\d,]+ routes? wait(s|ed)? for /)
})

waiting('a run that ends tells as one line what thousands wait for', async () => {
  ip('-n s link set v0 down')
  const { code, stdout, stderr } = await rtnl(args)
  assert.is(code, 1)
  assert.match(stdout, /^done: 0 added/m)
  const [first] = routesOf(file)
  assert.is(
    stderr,
    `rtnl: 2,000 routes wait for link v0, which is down, the first: ${first} via 10.0.0.2 dev v0 table 100 proto 84\n`,
  )
})

waiting('a run that ends tells the first failures in the words of ip, and how many more there are', async () => {
  const lost = routesOf(file).map((dst) => ({ dst, gateway: '192.0.2.9', oif: 'v0', table: 254 }))
  writeFileSync(file, JSON.stringify(lost))
  const { code, stderr } = await rtnl(['sync', 'route', '--netns', 's', '--protocol', '84', '--file', file])
  assert.is(code, 1)
  const lines = stderr.trimEnd().split('\n')
  assert.is(lines.length, 21, stderr.slice(0, 2000))
  const reason = 'Nexthop has invalid gateway (ENETUNREACH)'
  assert.is(lines[0], `rtnl: add ${lost[0]?.dst} via 192.0.2.9 dev v0 proto 84: ${reason}`)
  assert.is(lines.at(-1), `rtnl: 1,980 more: ${reason}`)
})

waiting(
  'what a link takes along during the first writing is counted when it is written, and when it is written again',
  async () => {
    const total = 10_000
    // As JSON these would be more than is read.
    const written = (): number => ip('-n s route show table 100 proto 84').split('\n').length - 1
    const all = Array.from({ length: total }, (_, index) => ({
      dst: `20.0.${index >> 8}.${index & 255}/32`,
      gateway: '10.0.0.2',
      oif: 'v0',
    }))
    writeFileSync(file, JSON.stringify(all))
    const child = start([...args, '--keep', '--on-exit', 'remove'])
    const ended = finish(child)
    let stdout = ''
    child.stdout?.on('data', (text) => {
      stdout += text
    })
    await eventually(() => written() > 0)
    ipBatch('s', ['link set v0 down', 'link set v0 up'])
    const counted = (): number =>
      [...stdout.matchAll(/^(?:done|healed): (\d+) added/gm)].reduce((sum, [, added]) => sum + Number(added), 0)
    await eventually(() => /^done: /m.test(stdout) && written() === total)
    // The lines about the last ones may still be on their way.
    await eventually(() => counted() >= total)
    process.kill(child.pid ?? 0, 'SIGTERM')
    const { code, stdout: told } = await ended
    assert.is(code, 0)
    assert.is(told.match(/^done: /gm)?.length, 1, told)
  },
)

waiting.run()
