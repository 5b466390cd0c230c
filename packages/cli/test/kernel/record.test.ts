// timeout: 900
// wants: tshark
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Dice } from '@rtnl/compliance'
import { Notifier } from '@rtnl/notifier'
import { readRecording } from '@rtnl/recorder'
import { openPart, tables } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'
import { makeScene } from '../support/scene.ts'
import { type Event, endWatching, eventually, fold, Watching } from '../support/watching.ts'

const record = suite('record and replay')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-record-'))

record.before(() => makeScene('a'))
record.after.each(endWatching)
record.after(() => rmSync(folder, { recursive: true }))

/** Whether the recording has the note that all tables were read. */
const isOpen = (file: string): boolean =>
  existsSync(file) &&
  readRecording(readFileSync(file)).events.some(({ kind, text }) => kind === 'note' && text.startsWith('follows '))

/** Changes of links, nexthops, routes and neighbours, many of which the kernel refuses or completes in silence. */
function operations(dice: Dice, count: number): string[] {
  const device = (): string => dice.pick('v0', 'v1')
  return Array.from({ length: count }, () => {
    const verb = dice.pick('add', 'append', 'replace', 'del')
    const dst = `10.2${dice.below(8)}.0.0/16`
    switch (dice.below(8)) {
      case 0:
        return `link set ${dice.pick('v0', 'p1')} ${dice.pick('up', 'down', 'up')}`
      case 1:
        return `nexthop replace id ${30 + dice.below(4)} via 10.0.0.${2 + dice.below(5)} dev v0`
      case 2:
        return `nexthop del id ${30 + dice.below(4)}`
      case 3:
        return `nexthop replace id 40 group ${30 + dice.below(2)}/${32 + dice.below(2)}`
      case 4:
        return `neigh replace 10.1.0.${50 + dice.below(9)} lladdr 02:00:00:00:05:0${dice.below(9)} nud permanent dev v1`
      case 5:
        return `route ${verb} ${dst} nhid ${dice.pick(30, 31, 40)}`
      case 6:
        return `route ${verb} fd2${dice.below(8)}::/64 nexthop via fd00::${2 + dice.below(3)} nexthop via fd01::5`
      default:
        return `route ${verb} ${dst} via ${device() === 'v0' ? '10.0.0.2' : '10.1.0.2'} metric ${dice.below(3)}`
    }
  })
}

/** Without what changes by itself. */
function still(entries: readonly Record<string, unknown>[]): string[] {
  return entries.map(({ expires, cacheinfo, state, probes, timer, ...entry }) => JSON.stringify(entry)).sort()
}

async function replayed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await rtnl(['replay', ...args])
  assert.is(stderr, '')
  assert.is(code, 0)
  return stdout
}

const file = join(folder, 'random.pcapng')

record('a recording of random operations replays to what the tables are, each time the same', async () => {
  const recording = new Watching([file, '--netns', 'a'], true, ['record'])
  await eventually(() => isOpen(file))
  const dice = new Dice(17)
  for (let round = 0; round < 6; round++) {
    const script = join(folder, 'batch')
    writeFileSync(script, `${operations(dice, 60).join('\n')}\n`)
    try {
      execFileSync('ip', ['-n', 'a', '-force', '-batch', script], { stdio: 'ignore' })
    } catch {
      // Some are refused.
    }
  }
  // The kernel tells of carriers up to a second later.
  await delay(1500)
  assert.equal(await recording.stop('SIGINT'), { code: 0, signal: null })
  assert.match(recording.lines.join('\n'), /random\.pcapng: [\d,]+ packets, [\d,]+ bytes, 0 losses$/)

  const first = await replayed(file, '--json')
  assert.is(await replayed(file, '--json'), first)
  const events = first
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  const causes = new Set(events.map(({ cause }) => cause))
  assert.ok(causes.has('inferred') && causes.has('notification'), [...causes].join())

  await using notifier = await Notifier.open({ netns: 'a' })
  for (const module of tables) {
    const { name } = module
    await using table = await openPart(module.part({}), { notifier })
    const live = still(JSON.parse(JSON.stringify([...table])))
    assert.equal(still([...fold(events.filter((event) => event.table === name)).values()]), live, name)
    if (name !== 'route') continue
    assert.equal(still(JSON.parse(await replayed(file, 'show', name, '--json'))), live, 'shown')
  }
})

record('text is that of show, with the names of interfaces', async () => {
  const { stdout } = await rtnl(['show', 'nexthop', '--netns', 'a'])
  assert.is(await replayed(file, 'show', 'nexthop'), stdout)
})

record('tshark names the messages, the sockets and the remarks', () => {
  const tshark = (...args: string[]): string =>
    execFileSync('tshark', ['-r', file, ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  const whole = tshark('-V')
  const types = ['network route (24)', 'network route (25)', 'next hop (104)', 'next hop (105)', 'End of a dump']
  for (const type of types)
    assert.ok(new RegExp(`Message type: .*${type.replaceAll(/[()]/g, '\\$&')}`).test(whole), type)
  assert.ok(!whole.includes('Malformed'))
  const names = new Set(tshark('-T', 'fields', '-e', 'frame.interface_name').trimEnd().split('\n'))
  for (const name of ['request 1', 'dump 1', 'notification 1']) assert.ok(names.has(name), name)
  assert.match(tshark('-T', 'fields', '-e', 'frame.comment'), /opened: port id \d+, receive buffer \d+ bytes/)
  // As many route messages as the file has.
  const type = (event: { messages: Uint8Array }): number =>
    new DataView(event.messages.buffer, event.messages.byteOffset).getUint16(4, true)
  const sent = readRecording(readFileSync(file)).events.filter((event) => event.kind === 'sent' && type(event) === 26)
  assert.is(
    tshark('-Y', 'netlink-route.nltype == 26', '-T', 'fields', '-e', 'frame.number').trimEnd().split('\n').length,
    sent.length,
  )
})

record('a ring is written at the end, and with SIGUSR2 meanwhile', async () => {
  const ring = join(folder, 'ring.pcapng')
  const recording = new Watching([ring, 'link', 'nexthop', '--netns', 'a', '--ring', '1M'], true, ['record'])
  const catches = (): boolean => {
    const mask = /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${recording.child.pid}/status`, 'utf8'))?.[1] ?? '0'
    return (BigInt(`0x${mask}`) & (1n << 11n)) !== 0n
  }
  await eventually(catches)
  await delay(3000)
  process.kill(recording.child.pid!, 'SIGUSR2')
  await eventually(() => existsSync(ring))
  ip('-n a link set v1 mtu 1400')
  assert.equal(await recording.stop(), { code: 0, signal: null })
  assert.ok(!(await replayed(ring, 'show', 'link', '--json')).includes('"mtu":1400'))
  assert.ok((await replayed(join(folder, 'ring-2.pcapng'), 'show', 'link', '--json')).includes('"mtu":1400'))
})

record('--for ends by itself; what cannot be written or was not recorded is said', async () => {
  const short = join(folder, 'short.pcapng')
  assert.is((await rtnl(['record', short, 'link', '--netns', 'a', '--for', '10s'])).code, 0)
  const fails = async (args: readonly string[], message: RegExp, exit = 1): Promise<void> => {
    const { code, stderr } = await rtnl(args)
    assert.match(stderr, message)
    assert.is(code, exit)
  }
  await fails(['record', short], /^rtnl: .*short\.pcapng: there is such a file; give another name, or delete it\n$/)
  await fails(['record', '/none/a'], /^rtnl: \/none\/a: there is no such folder\n$/)
  await fails(['record', short, '--ring', '1M'], /there is such a file/)
  await fails(['replay', short, 'show', 'route'], /short\.pcapng: table route was not recorded; recorded are: link\n$/)
  await fails(['replay', '/none'], /^rtnl: \/none: cannot be read: /)
  await fails(['replay', short, 'shwo'], /^rtnl: replay: 'shwo' is neither show nor watch/, 2)
  await fails(['replay', short, 'show'], /takes one table/, 2)
  await fails(['record', 'x', '--ring', '1'], /^rtnl: --ring: '1' is not a size/, 2)
  await fails(['replay', short, '--speed', '0'], /^rtnl: --speed: '0' is not a factor/, 2)
  const cut = join(folder, 'cut.pcapng')
  writeFileSync(cut, readFileSync(short).subarray(0, -7))
  const { code, stderr, stdout } = await rtnl(['replay', cut, 'show', 'link', '--json'])
  assert.match(stderr, /^rtnl: .*cut\.pcapng: at byte \d+: the file ends within a block of \d+ bytes: \d+ are left\n$/)
  assert.is(code, 0)
  assert.ok(stdout.startsWith('[{'))
})

record('a capture of something else is named with what it is', async () => {
  const capture = join(folder, 'lo.pcapng')
  execFileSync('ip', ['netns', 'exec', 'a', 'tshark', '-i', 'lo', '-a', 'duration:1', '-w', capture], {
    stdio: 'ignore',
  })
  const { code, stderr } = await rtnl(['replay', capture])
  assert.match(stderr, /^rtnl: .*lo\.pcapng: at byte \d+: interface lo has link type 1, not 253 \(netlink\)\n/)
  assert.match(stderr, /\nrtnl: .*lo\.pcapng: the recording has no messages of a connection by rtnl\n$/)
  assert.is(code, 1)
})

record.run()
