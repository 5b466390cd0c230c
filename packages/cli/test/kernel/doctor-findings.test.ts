// runtimes: node
// timeout: 900
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { routingProtocols, routingTables } from '@rtnl/names'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Check } from '../../src/doctor/check.ts'
import { dropGroup } from '../../src/doctor/checks/drops.ts'
import { nameGroup } from '../../src/doctor/checks/names.ts'
import { ownerGroup } from '../../src/doctor/checks/owners.ts'
import { protocolGroup } from '../../src/doctor/checks/protocol.ts'
import { settingGroup } from '../../src/doctor/checks/settings.ts'
import { checked, examined, judgeLimited, MIB, makeScene } from '../support/examined.ts'
import { ip } from '../support/ip.ts'
import { folder, place } from '../support/limited.ts'
import { command } from '../support/rtnl.ts'

// What the kernel says is the same on every runtime.
const doctor = suite('doctor: findings')

doctor.before(makeScene)
doctor.after(() => rmSync(folder, { recursive: true, force: true }))

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
  const { level, text, todo, value } = (await checked(nameGroup)).names!
  assert.is(level, 'yellow')
  assert.match(text, /^left out: \/etc\/iproute2\/rt_protos\.d\/ours\.conf:2: "300 beyond" has a number beyond 255; /)
  assert.match(todo ?? '', /correct the files/)
  const { faults } = value as { readonly faults: readonly { readonly file: string; readonly line: number }[] }
  const places = faults.map(({ file, line }) => `${file.slice('/etc/iproute2/'.length)}:${line}`)
  const bad = [6, 7, 8, 9, 10, 12, 13, 15]
  assert.equal(places, ['rt_protos.d/ours.conf:2', ...bad.map((line) => `rt_tables:${line}`), 'rt_realms:0'])
  // The library reads the files when a name is first asked for, which is here, in the first test.
  const taken = lines.flatMap((line, i) => {
    const name = line.trim().split(/\s+/)[1]
    return name !== undefined && routingTables.numberOf(name) !== undefined ? [i + 1] : []
  })
  assert.equal(taken, [3, 4, 5, 11])
  assert.equal([routingProtocols.numberOf('ours'), routingProtocols.numberOf('beyond')], [84, undefined])
  execFileSync('umount', ['/etc/iproute2'])
})

doctor('settings are those of the namespace, with what they mean', async () => {
  const write = (path: string, value: string): void => writeFileSync(`/proc/sys/net/${path}`, value)
  write('ipv4/nexthop_compat_mode', '0')
  write('ipv6/route/skip_notify_on_dev_down', '1')
  write('ipv6/conf/v0/keep_addr_on_down', '1')
  write('ipv4/conf/all/ignore_routes_with_linkdown', '1')
  const found = await checked(settingGroup)
  const of = (name: string): Check => found[`sysctl.net.${name}`]!
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
  const before = await checked(protocolGroup, 84)
  assert.is(before['owner.protocol']?.level, 'green')
  assert.equal(before['owner.protocol']?.value, { protocol: 84, entries: { routes: 1, nexthops: 1 }, programs: [] })

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
    assert.is((await checked(protocolGroup, 85))['owner.protocol']?.level, 'green')
    const others = (await checked(ownerGroup))['owner.programs']?.value as readonly { readonly pid: number }[]
    assert.ok(others.some(({ pid }) => pid === other.pid))
  } finally {
    other.kill('SIGTERM')
    await new Promise((resolve) => other.once('exit', resolve))
  }
  const known = (await checked(protocolGroup, 186))['owner.protocol']!
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
    const { level, text, value } = (await checked(dropGroup)).drops!
    assert.is(level, 'yellow')
    assert.match(text, /^messages dropped since .*: [\d,]+ of ip \(process \d+\)/)
    const all = value as readonly { readonly pid: number; readonly drops: number }[]
    assert.is(all.find(({ pid }) => pid === reader.pid)?.drops, drops())
  } finally {
    reader.kill('SIGKILL')
    ip('addr flush dev lo')
  }
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

doctor.run()
