// timeout: 300
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bridge } from '../support/bridge.ts'
import { ip } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'
import { makeScene } from '../support/scene.ts'

const additive = suite('sync --additive')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-sync-additive-'))

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const sorted = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/ expires \d+sec/, ' expires').trimEnd())
    .filter((line) => line !== '')
    .sort()

/** What there is, as `ip` and `bridge` print it. */
const printed: Record<string, () => string[]> = {
  nexthop: () => sorted(ip('-n a nexthop')),
  route: () => [...sorted(ip('-n a -o -4 route show table all')), ...sorted(ip('-n a -o -6 route show table all'))],
  neighbor: () => sorted(ip('-n a neigh')),
  fdb: () => sorted(bridge('-n a fdb')).filter((line) => !line.includes('33:33:') && !line.includes('01:00:5e:')),
}

/** Takes away everything but what the kernel makes of links and addresses. */
function empty(): void {
  for (const table of ['main', 'default', '77', '100', '300']) {
    for (const words of ['boot', 'static', 'bgp', 'zebra', '84'].flatMap((name) => [`-4 ${name}`, `-6 ${name}`])) {
      const [family, protocol] = words.split(' ')
      try {
        ip(`-n a ${family} route flush table ${table} proto ${protocol}`)
      } catch {
        // There is no such table of this family.
      }
    }
  }
  // Without a VLAN the kernel deletes the entries of all VLANs, which then cannot be deleted themselves.
  const inVlan = (line: string): number => (line.includes(' vlan ') ? 0 : 1)
  for (const line of (printed.fdb?.() ?? []).sort((one, other) => inVlan(one) - inVlan(other))) {
    const [mac = '', , dev = '', ...words] = line.split(' ')
    if (!/^0[02]:/.test(mac) || words.includes('permanent')) continue
    const more = ['vlan', 'dst', 'src_vni', 'vni', 'port', 'via'].flatMap((word) =>
      words.includes(word) ? [word, words[words.indexOf(word) + 1] ?? ''] : [],
    )
    const where = words.includes('master') && !words.includes('self') ? ['master'] : ['self']
    execFileSync('bridge', ['-n', 'a', 'fdb', 'del', mac, 'dev', dev, ...where, ...more], { stdio: 'pipe' })
  }
  ip('-n a neigh flush all nud all')
  ip('-n a nexthop flush')
}

additive.before(() => makeScene('a'))

additive.after(() => rmSync(folder, { recursive: true }))

additive('puts back what show --json printed, of every table, protocol and interface', async () => {
  const before = Object.fromEntries(Object.entries(printed).map(([table, print]) => [table, print()]))
  const saved: Record<string, string> = {}
  for (const table of Object.keys(printed)) {
    saved[table] = file(`${table}.json`, (await rtnl(['show', table, '--json', '--netns', 'a'])).stdout)
  }
  empty()
  assert.not.match(ip('-n a route show table all'), /via/)
  assert.is(ip('-n a nexthop'), '')
  for (const table of Object.keys(printed)) {
    const { code, stderr } = await rtnl(['sync', table, '--additive', '--netns', 'a', '--file', saved[table] ?? ''])
    // What the kernel makes of the addresses of interfaces is still there.
    assert.match(
      `${code} ${stderr}`,
      /^0 (rtnl: \d+ (routes|forwarding entries) left out, which only the kernel makes.*\n)?$/,
    )
  }
  for (const [table, print] of Object.entries(printed)) assert.equal(print(), before[table], table)
  for (const table of Object.keys(printed)) {
    const args = ['sync', table, '--additive', '--netns', 'a', '--file', saved[table] ?? '', '--dry-run', '--json']
    const { plan } = JSON.parse((await rtnl(args)).stdout)
    assert.equal([plan.add, plan.replace, plan.remove], [[], [], []], `${table}, a second time`)
  }
})

additive('leaves everything else alone, and replaces what has the same owner', async () => {
  ip('-n a route add 40.0.0.0/16 via 10.0.0.2 proto 84 table 400')
  ip('-n a route add 40.1.0.0/16 via 10.0.0.2 proto 84 table 400')
  ip('-n a route add 40.2.0.0/16 via 10.0.0.2 proto bgp table 400')
  const entries = [
    { dst: '40.1.0.0/16', gateway: '10.0.0.3', table: 400, protocol: 84 },
    { dst: '40.3.0.0/16', gateway: '10.0.0.3', table: 401, protocol: 'static' },
  ]
  const path = file('routes.json', JSON.stringify(entries))
  const { code, stdout, stderr } = await rtnl(['sync', 'route', '--additive', '--netns', 'a', '--file', path])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  assert.match(stdout, /^done: 1 added, 1 replaced, 0 removed, 0 as they should be$/m)
  assert.equal(sorted(ip('-n a route show table 400')), [
    '40.0.0.0/16 via 10.0.0.2 dev v0 proto 84',
    '40.1.0.0/16 via 10.0.0.3 dev v0 proto 84',
    '40.2.0.0/16 via 10.0.0.2 dev v0 proto bgp',
  ])
  assert.equal(sorted(ip('-n a route show table 401')), ['40.3.0.0/16 via 10.0.0.3 dev v0 proto static'])
})

additive('names a bad entry by its place in the file, and sends nothing', async () => {
  const { ifindex } = JSON.parse(ip('-n a -j link show v0'))[0]
  const other = JSON.parse(ip('-n a -j link show v1'))[0].ifindex
  const good = { ifindex: other, dst: '10.1.0.99', lladdr: '02:00:00:00:00:99' }
  for (const [bad, message] of [
    [{ ...good, ifindex, dst: '10.0.0.300' }, /\[2\]\.dst: /],
    [{ ...good, ifindex: 4711 }, /\[2\]\.ifindex: there is no interface 4711/],
    [{ dst: '10.1.0.98', lladdr: '02:00:00:00:00:99' }, /\[2\]\.ifindex: is missing/],
  ] as const) {
    const path = file('neighbors.json', JSON.stringify([good, { ...good, dst: '10.1.0.97' }, bad]))
    const { code, stderr } = await rtnl(['sync', 'neighbor', '--additive', '--netns', 'a', '--file', path])
    assert.is(code, 2, stderr)
    assert.match(stderr, message)
  }
  assert.is(ip('-n a neigh show 10.1.0.99'), '')
})

additive.run()
