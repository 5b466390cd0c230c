// timeout: 600
import { spawn, spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../support/ip.ts'
import { asNobody, behind, folder, obstacleTo, place } from '../support/limited.ts'
import { command } from '../support/rtnl.ts'

const tests = suite('rights')

/** Prefixes of a command that take its rights away, by who it is then. */
const withoutRights: ReadonlyMap<string, readonly string[]> = new Map([
  ['root without capabilities', ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs']],
  ['nobody', asNobody],
])

const tables = ['link', 'nexthop', 'route', 'neighbor', 'fdb', 'address', 'rule', 'mdb', 'vni']

const file = join(folder, 'routes.json')

tests.before(() => {
  ip('link add v0 type veth peer name p0')
  ip('link set v0 up')
  ip('link set p0 up')
  ip('addr add 10.0.0.1/24 dev v0')
  writeFileSync(file, JSON.stringify([{ dst: '10.9.0.0/24', gateway: '10.0.0.2' }]))
})
tests.after(() => rmSync(folder, { recursive: true, force: true }))

for (const [who, prefix] of withoutRights) {
  const obstacle = obstacleTo(prefix)
  if (obstacle !== undefined) {
    console.log(`left out: ${who}: ${obstacle}`)
    continue
  }

  tests(`${who}: reads and follows all tables`, async () => {
    const [program = '', ...rest] = [...prefix, ...command(), 'watch', ...tables, '--json']
    const watching = spawn(program, rest, { ...place, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    watching.stdout.on('data', (data) => {
      output += String(data)
    })
    const says = async (text: string): Promise<void> => {
      const end = performance.now() + 60_000 * Number(process.env.RTNL_TEST_SLOW ?? 1)
      while (!output.includes(text)) {
        assert.ok(performance.now() < end && watching.exitCode === null, `${text} is not in ${output}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    for (const table of tables) await says(`"event":"synced","table":"${table}"`)
    ip('nexthop add id 77 via 10.0.0.7 dev v0')
    await says('"key":"77"')
    ip('nexthop del id 77')
    await says('"kind":"removed"')
    watching.kill('SIGTERM')
  })

  tests(`${who}: plans what it may not do`, async () => {
    const { code, stdout, stderr } = await behind(
      prefix,
      'sync',
      'route',
      '--file',
      file,
      '--protocol',
      '84',
      '--dry-run',
    )
    assert.equal([code, stderr], [0, ''])
    assert.match(stdout, /^plan: 1 to add, /m)
  })

  tests(`${who}: is refused the first change, told which right is missing, and changes nothing`, async () => {
    const { code, stderr } = await behind(prefix, 'sync', 'route', '--file', file, '--protocol', '84')
    assert.is(code, 1)
    assert.match(stderr, /^rtnl: add route 10\.9\.0\.0\/24: .*EPERM.*CAP_NET_ADMIN/m)
    assert.is(stderr.trim().split('\n').length, 1)
    assert.is(ip('route show 10.9.0.0/24'), '')
  })

  tests(`${who}: is refused another namespace, and told which right is missing`, async () => {
    ip('netns add other')
    const { code, stderr } = await behind(prefix, 'show', 'link', '--netns', 'other')
    ip('netns del other')
    assert.is(code, 1)
    assert.match(stderr, /^rtnl: .*CAP_SYS_ADMIN/)
  })
}

tests('an ordinary user has all rights in a network namespace of his own', async () => {
  const own = ['unshare', '--map-root-user', '--net']
  const prefix = [...(withoutRights.get('nobody') ?? []), ...own]
  const [program = '', ...words] = prefix
  // Not every system lets ordinary users make user namespaces.
  const isAllowed = spawnSync(program, [...words, ...command(), '--version'], place).status === 0
  const allowed = isAllowed ? prefix : own
  const rules = join(folder, 'rules.json')
  writeFileSync(rules, JSON.stringify([{ priority: 100, table: 5 }]))
  const { code, stdout, stderr } = await behind(allowed, 'sync', 'rule', '--file', rules, '--protocol', '84')
  assert.equal([code, stderr], [0, ''])
  assert.match(stdout, /^done: 1 added, /m)
})

tests.run()
