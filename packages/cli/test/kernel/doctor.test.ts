// runtimes: node deno bun
// timeout: 900
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { routingProtocols, routingTables } from '@rtnl/names'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Check } from '../../src/doctor/check.ts'
import { ip } from '../support/ip.ts'
import { command, type Ended, finish, rtnl } from '../support/rtnl.ts'

const doctor = suite('doctor')

const folder = mkdtempSync(join(tmpdir(), 'doctor-'))
// Ordinary users write to it, too.
chmodSync(folder, 0o777)
const place = {
  cwd: new URL('../..', import.meta.url),
  // A home that everybody may write.
  env: { ...process.env, HOME: folder, TMPDIR: folder, DENO_DIR: folder },
}

const MIB = 1024 * 1024
const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs']

/** Runs the doctor behind the words of another command. */
function behind(prefix: readonly string[], ...args: readonly string[]): Promise<Ended> {
  const [program = '', ...words] = [...prefix, ...command(), 'doctor', ...args]
  return finish(spawn(program, words, { ...place, stdio: ['ignore', 'pipe', 'pipe'] }))
}

interface Report {
  readonly level: string
  readonly checks: readonly Check[]
}

class Found {
  readonly code: number | null
  readonly level: string
  readonly ids: readonly string[]
  readonly #checks: ReadonlyMap<string, Check>

  constructor({ code, stdout, stderr }: Ended) {
    assert.is(stderr, '')
    const { level, checks }: Report = JSON.parse(stdout)
    this.code = code
    this.level = level
    this.ids = checks.map(({ id }) => id)
    this.#checks = new Map(checks.map((check) => [check.id, check]))
  }

  of(id: string): Check {
    const check = this.#checks.get(id)
    if (check === undefined) throw new Error(`there is no ${id} in ${this.ids.join(' ')}`)
    return check
  }
}

async function examined(prefix: readonly string[] = [], ...args: readonly string[]): Promise<Found> {
  return new Found(await behind(prefix, '--json', ...args))
}

function canRun(prefix: readonly string[]): boolean {
  const [program = '', ...words] = [...prefix, ...command(), '--version']
  return spawnSync(program, words, place).status === 0
}

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

doctor.before(() => {
  ip('link add v0 type veth peer name p0')
  for (const name of ['v0', 'p0']) ip(`link set ${name} addrgenmode none up`)
  ip('addr add 10.0.0.1/24 dev v0 nodad')
  ip('nexthop add id 7 via 10.0.0.7 dev v0 proto 84')
})
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
    const found = await examined()
    assert.equal(found.ids, ids)
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
  const [{ code, stdout }, found] = [await behind([]), await examined()]
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
  const found = await examined()
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

doctor('without capabilities it says what is missing, and what the kernel grants all the same', async () => {
  const found = await examined(['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'])
  assert.is(found.of('right.write').value, false)
  assert.match(found.of('right.write').todo ?? '', /CAP_NET_ADMIN/)
  const { level, text, value } = found.of('right.capabilities')
  assert.is(level, 'yellow')
  assert.equal((value as { readonly capabilities: readonly string[] }).capabilities, [])
  assert.match(text, /without CAP_NET_ADMIN rtnl sync writes nothing/)
  judgeLimited(found)
})

/** The buffer of who may not have more than the limit of the host. */
function judgeLimited(found: Found): void {
  const limit = Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'))
  // The kernel doubles what it grants.
  const granted = 2 * Math.min(limit, 32 * MIB)
  assert.equal(found.of('buffer.receive').value, { asked: 64 * MIB, granted, rmemMax: limit })
  assert.is(found.of('buffer.receive').level, granted < 64 * MIB ? 'yellow' : 'green')
}

if (canRun(asNobody)) {
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

doctor('in a user namespace it may write, and gets no larger buffer', async () => {
  const found = await examined(['unshare', '--map-root-user', '--net'])
  assert.is(found.of('right.write').value, true)
  assert.match(found.of('right.capabilities').text, /in a user namespace, and none outside of it/)
  assert.is(found.of('feature.nexthops').value, true)
  // The setting is not to be seen there on every kernel.
  const { granted } = found.of('buffer.receive').value as { readonly granted: number }
  assert.is(granted, 2 * Math.min(Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8')), 32 * MIB))
})

doctor('where no namespace can be made, what the kernel has is not known, and the cause is named', async () => {
  // A setting of the user namespace that is made here.
  const forbidding = 'echo 0 > /proc/sys/user/max_net_namespaces; exec "$@"'
  const found = await examined(['unshare', '--map-root-user', 'sh', '-c', forbidding, '-'])
  const { level, text, value } = found.of('feature.nexthops')
  assert.equal([level, value], ['yellow', undefined])
  assert.match(text, /^not known: .*needs CAP_SYS_ADMIN or user namespaces: .*max_net_namespaces is 0/)
  assert.is(found.of('feature.vrf').text, 'not known: see feature.nexthops')
  assert.is(found.code, 0)
})

doctor('settings are those of the namespace, with what they mean', async () => {
  const write = (path: string, value: string): void => writeFileSync(`/proc/sys/net/${path}`, value)
  write('ipv4/nexthop_compat_mode', '0')
  write('ipv6/route/skip_notify_on_dev_down', '1')
  write('ipv6/conf/v0/keep_addr_on_down', '1')
  write('ipv4/conf/all/ignore_routes_with_linkdown', '1')
  const found = await examined()
  const of = (name: string): Check => found.of(`sysctl.net.${name}`)
  assert.match(of('ipv4.nexthop_compat_mode').text, /^0: .*without messages/)
  assert.match(of('ipv6.route.skip_notify_on_dev_down').text, /^1: .*\(inferred\)/)
  assert.match(of('ipv6.conf.keep_addr_on_down').text, /^1 for v0: .*keeps.*; 0 elsewhere$/)
  assert.match(of('ipv4.conf.ignore_routes_with_linkdown').text, /^1 for all: .* dead and linkdown; 0 elsewhere$/)
  assert.is((of('ipv6.conf.keep_addr_on_down').value as Record<string, number>).v0, 1)
})

doctor('another owner of the protocol is named, with what is owned', async () => {
  ip('route add 198.51.100.0/24 via 10.0.0.2 table 100 proto 84')
  ip('route add 198.51.101.0/24 via 10.0.0.2 proto 85')
  const file = join(folder, 'routes.json')
  writeFileSync(file, JSON.stringify([{ dst: '198.51.100.0/24', gateway: '10.0.0.2' }]))
  const before = await examined([], '--protocol', '84')
  assert.is(before.of('owner.protocol').level, 'green')
  assert.equal(before.of('owner.protocol').value, { protocol: 84, entries: { routes: 1, nexthops: 1 }, programs: [] })

  const [program = '', ...words] = command()
  const args = ['sync', 'route', '--table', '100', '--protocol', '84', '--file', file, '--keep']
  const other: ChildProcess = spawn(program, [...words, ...args], {
    cwd: place.cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => other.stdout?.once('data', resolve))
  try {
    const { level, text, value, todo } = (await examined([], '--protocol', '84')).of('owner.protocol')
    assert.is(level, 'yellow')
    assert.ok(text.includes(`(process ${other.pid})`), text)
    assert.match(todo ?? '', /another number/)
    const { programs } = value as { readonly programs: readonly { readonly pid: number }[] }
    assert.equal(
      programs.map(({ pid }) => pid),
      [other.pid],
    )
    const found = await examined([], '--protocol', '85')
    assert.is(found.of('owner.protocol').level, 'green')
    const others = found.of('owner.programs').value as readonly { readonly pid: number }[]
    assert.ok(others.some(({ pid }) => pid === other.pid))
  } finally {
    other.kill('SIGTERM')
    await new Promise((resolve) => other.once('exit', resolve))
  }
  const known = (await examined([], '--protocol', 'bgp')).of('owner.protocol')
  assert.equal([known.level, (known.value as { readonly protocol: number }).protocol], ['yellow', 186])
})

doctor('what the kernel has dropped is told, as it counts it', async () => {
  const reader = spawn('ip', ['monitor', 'address'], { stdio: 'ignore' })
  const drops = (): number =>
    Number(
      readFileSync('/proc/net/netlink', 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .find(([, protocol, portId]) => protocol === '0' && portId === String(reader.pid))?.[8] ?? -1,
    )
  try {
    while (drops() < 0) await delay(20)
    process.kill(reader.pid ?? 0, 'SIGSTOP')
    const lines = Array.from({ length: 2000 }, (_, i) => `addr replace 10.9.${i >> 8}.${i & 255}/32 dev lo metric `)
    for (let round = 0; drops() === 0; round++) {
      assert.ok(round < 100)
      execFileSync('ip', ['-batch', '-'], {
        input: lines.map((line) => line + (round + 1)).join('\n'),
        stdio: ['pipe', 'ignore', 'inherit'],
      })
    }
    const { level, text, value } = (await examined()).of('drops')
    assert.is(level, 'yellow')
    assert.match(text, /^messages dropped since .*: [\d,]+ of ip \(process \d+\)/)
    const all = value as readonly { readonly pid: number; readonly drops: number }[]
    assert.is(all.find(({ pid }) => pid === reader.pid)?.drops, drops())
  } finally {
    reader.kill('SIGKILL')
    ip('addr flush dev lo')
  }
})

doctor('faults in files of names are told, and are the lines that have no effect', async () => {
  // The mount namespace of this file is its own.
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/etc/iproute2'])
  const lines = [
    '# tables',
    '',
    '254 main',
    '300\tblue',
    ' 0x12d red # comment',
    'green 302',
    '303',
    '304 12',
    '305 0x5',
    '5000000000 huge',
    '306 fine more words',
    '-1 negative',
    '307green',
    '   #308 no',
    '99999999999 longer',
  ]
  writeFileSync('/etc/iproute2/rt_tables', lines.join('\n'))
  mkdirSync('/etc/iproute2/rt_protos.d')
  writeFileSync('/etc/iproute2/rt_protos.d/ours.conf', '84 ours\n300 beyond\n')
  mkdirSync('/etc/iproute2/rt_realms')
  const { level, text, todo, value } = (await examined()).of('names')
  assert.is(level, 'yellow')
  assert.match(text, /^left out: \/etc\/iproute2\/rt_protos\.d\/ours\.conf:2: "300 beyond" has a number beyond 255; /)
  assert.match(todo ?? '', /correct the files/)
  const { faults } = value as { readonly faults: readonly { readonly file: string; readonly line: number }[] }
  const places = faults.map(({ file, line }) => `${file.slice('/etc/iproute2/'.length)}:${line}`)
  const bad = [6, 7, 8, 9, 10, 12, 13, 15]
  assert.equal(places, ['rt_protos.d/ours.conf:2', ...bad.map((line) => `rt_tables:${line}`), 'rt_realms:0'])
  // The library reads the files when a name is first asked for, which is here.
  const taken = lines.flatMap((line, i) => {
    const name = line.trim().split(/\s+/)[1]
    return name !== undefined && routingTables.numberOf(name) !== undefined ? [i + 1] : []
  })
  assert.equal(taken, [3, 4, 5, 11])
  assert.equal([routingProtocols.numberOf('ours'), routingProtocols.numberOf('beyond')], [84, undefined])
})

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
