// runtimes: node deno bun
// timeout: 900
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { examined, Found, judgeLimited, makeScene } from '../support/examined.ts'
import { ip } from '../support/ip.ts'
import { asNobody, behind, folder, obstacleTo, place } from '../support/limited.ts'
import { command, finish, rtnl } from '../support/rtnl.ts'

const doctor = suite('doctor')

/** All that the network namespace has. */
function everything(): string {
  const lists = ['-d link', 'addr', 'route show table all', '-6 route show table all', 'rule', 'nexthop', 'neigh']
  const fdb = execFileSync('bridge', ['fdb', 'show'], { encoding: 'utf8' })
  const netns = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  const settings = execFileSync('find', ['/proc/sys/net/ipv4', '/proc/sys/net/ipv6', '-type', 'f'], {
    encoding: 'utf8',
  })
  const values = settings
    .trim()
    .split('\n')
    .sort()
    .flatMap((path) => {
      try {
        return [`${path} ${readFileSync(path, 'utf8')}`]
      } catch {
        return []
      }
    })
  return [...lists.map((list) => ip(list)), fdb, netns, ...values].join('\n')
}

const ids = [
  'runtime',
  'addon',
  'kernel',
  'feature.strict-checks',
  'feature.nexthops',
  'feature.weights-16-bits',
  'feature.resilient-groups',
  'feature.fdb-nexthops',
  'feature.fdb-nexthops-dynamic',
  'feature.bridge-vlans',
  'feature.vni-filter',
  'feature.vxlan-mdb',
  'feature.fdb-flush',
  'feature.mdb-flush',
  'feature.neighbor-protocols',
  'feature.managed-neighbors',
  'feature.address-protocols',
  'feature.vrf',
  'feature.mpls',
  'right.write',
  'right.capabilities',
  'buffer.receive',
  'drops',
  'sysctl.net.ipv4.nexthop_compat_mode',
  'sysctl.net.ipv6.route.skip_notify_on_dev_down',
  'sysctl.net.ipv4.fib_notify_on_flag_change',
  'sysctl.net.ipv6.fib_notify_on_flag_change',
  'sysctl.net.ipv4.conf.ignore_routes_with_linkdown',
  'sysctl.net.ipv6.conf.ignore_routes_with_linkdown',
  'sysctl.net.ipv6.conf.keep_addr_on_down',
  'sysctl.net.ipv6.conf.disable_ipv6',
  'sysctl.net.ipv4.conf.promote_secondaries',
  'sysctl.net.ipv4.conf.arp_evict_nocarrier',
  'sysctl.net.ipv6.conf.ndisc_evict_nocarrier',
  'sysctl.net.ipv4.fib_multipath_hash_policy',
  'sysctl.net.ipv6.fib_multipath_hash_policy',
  'sysctl.net.ipv4.fib_multipath_use_neigh',
  'sysctl.net.ipv4.neigh.default.gc_thresh',
  'sysctl.net.ipv6.neigh.default.gc_thresh',
  'owner.programs',
  'owner.protocol',
  'names',
]

let usual: Promise<Found> | undefined
/** What it finds where nothing is forbidden: with one run for all tests. */
const usually = (): Promise<Found> => {
  usual ??= examined()
  return usual
}

doctor.before(makeScene)
doctor.after(() => rmSync(folder, { recursive: true, force: true }))

doctor('has all ids, whose names stay, changes nothing, and says nothing to others', async () => {
  const monitor = spawn('ip', ['monitor', 'all'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let heard = ''
  monitor.stdout.on('data', (data) => {
    heard += String(data)
  })
  // What came before is over when a change of ours is heard.
  const hears = async (dst: string): Promise<void> => {
    const end = performance.now() + 60_000
    while (!heard.includes(dst)) {
      ip(`route replace ${dst} dev lo`)
      ip(`route del ${dst} dev lo`)
      assert.ok(performance.now() < end, heard)
      await delay(50)
    }
  }
  try {
    await hears('203.0.113.1')
    const before = everything()
    const { length } = heard
    assert.equal((await usually()).ids, ids)
    assert.is(everything(), before)
    await hears('203.0.113.2')
    const others = heard
      .slice(length)
      .split('\n')
      .filter((line) => line !== '' && !/203\.0\.113\.[12]|STALE|REACHABLE|DELAY|PROBE|nsid/.test(line))
    assert.equal(others, [])
  } finally {
    monitor.kill()
  }
})

doctor('text has the same lines, and counts them', async () => {
  const [{ code, stdout }, found] = [await behind([], 'doctor'), await usually()]
  const lines = stdout.trimEnd().split('\n')
  const sum = lines.pop()
  assert.equal(
    lines.map((line) => /^(green|yellow|red) +([\w.-]+): ./.exec(line)?.slice(1)),
    found.ids.map((id) => [found.of(id).level, id]),
  )
  const counts = ['green', 'yellow', 'red'].map(
    (level) => found.ids.filter((id) => found.of(id).level === level).length,
  )
  assert.equal(sum?.match(/\d+/g)?.map(Number), counts)
  assert.is(code, counts[2] === 0 ? 0 : 1)
})

doctor('knows the runtime and from where the addon is', async () => {
  const found = await usually()
  const runtime = found.of('runtime').value as { readonly name: string; readonly version: string }
  const name = 'Deno' in globalThis ? 'Deno' : 'Bun' in globalThis ? 'Bun' : 'Node.js'
  assert.is(runtime.name, name)
  const version = execFileSync(process.execPath, ['--version'], { encoding: 'utf8' })
  assert.ok(version.includes(runtime.version), `${version} has ${runtime.version}`)
  const addon = found.of('addon').value as { readonly path: string; readonly origin: string }
  assert.match(addon.path, /packages\/netlink-core\/native\/build\/netlink\.node$/)
  assert.is(addon.origin, 'compiled')
  assert.is(found.of('kernel').text, `Linux ${execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim()}`)
})

const obstacle = obstacleTo(asNobody)
if (obstacle !== undefined) console.log(`left out: nobody: ${obstacle}`)
else {
  doctor('nobody reads, and tries what the kernel has where users may make namespaces', async () => {
    const found = await examined(asNobody)
    assert.is(found.code, found.level === 'red' ? 1 : 0)
    assert.is(found.of('right.write').value, false)
    judgeLimited(found)
    const allowed = spawnSync('setpriv', [
      ...asNobody.slice(1),
      'unshare',
      '--map-root-user',
      '--net',
      '--mount',
      'true',
    ])
    if (allowed.status === 0) assert.is(found.of('feature.nexthops').value, true)
    else assert.match(found.of('feature.nexthops').text, /^not known: .*CAP_SYS_ADMIN or user namespaces/)
  })
}

if (!('Deno' in globalThis) && !('Bun' in globalThis)) {
  doctor('without the addon it is red, with exit code 1, and the rest is told as far as it is known', async () => {
    const [program = '', ...words] = command()
    const args = ['--no-addons', ...words, 'doctor', '--json']
    const found = new Found(await finish(spawn(program, args, { ...place, stdio: ['ignore', 'pipe', 'pipe'] })))
    assert.equal([found.code, found.level], [1, 'red'])
    assert.is(found.of('addon').level, 'red')
    assert.match(found.of('addon').text, /--no-addons/)
    assert.equal(found.ids, ids)
    assert.match(found.of('right.write').text, /^not known: .*--no-addons/)
    assert.is(found.of('kernel').level, 'green')
  })
}

doctor('bad usage is named', async () => {
  const { code, stderr } = await rtnl(['doctor', '--protocol', '256'])
  assert.is(code, 2)
  assert.match(stderr, /^rtnl: --protocol: '256' is neither/)
})

doctor.run()
