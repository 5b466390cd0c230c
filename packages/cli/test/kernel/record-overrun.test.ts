// timeout: 900
// wants: tshark
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { Recorder } from '@rtnl/recorder'
import { findTable, openPart } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'
import { type Event, fold } from '../support/watching.ts'

const record = suite('recording of an overrun')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-overrun-'))
const file = join(folder, 'overrun.pcapng')

// Room for a few notifications in the kernel, and the reading thread stops as soon as it has anything.
const tiny = { netns: 'a', receiveBuffer: 4096, pendingLimit: 1 }
const routes = 500

record.before(async () => {
  ip('netns add a')
  ipBatch('a', [
    'link set lo up',
    'link add v0 type veth peer name p0',
    'link set v0 up',
    'link set p0 up',
    'address add 192.0.2.1/24 dev v0',
  ])
  using recorder = new Recorder({ file })
  using connection = await Connection.open({ transports: recorder.transports(tiny) })
  using notifier = await Notifier.open({ connection })
  await using links = await openPart(findTable('link').part({}), { notifier })
  await using table = await openPart(findTable('route').part({}), { notifier })
  // The event loop stands still meanwhile, so that most notifications find the buffer full.
  const prefixes = Array.from({ length: routes }, (_, number) => `198.18.${number >> 6}.${(number & 63) * 4}/30`)
  ipBatch(
    'a',
    prefixes.map((prefix) => `route add ${prefix} via 192.0.2.2`),
  )
  while (!connection.stats().overruns) await new Promise((resolve) => void setTimeout(resolve, 10))
  await table.waitForSync()
  await links.resync()
  await table.resync()
})
record.after(() => rmSync(folder, { recursive: true }))

async function replayed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await rtnl(['replay', file, ...args])
  assert.is(stderr, '')
  assert.is(code, 0)
  return stdout
}

record('a replay shows the gap and the repair, each time the same', async () => {
  const text = await replayed('--json')
  assert.is(await replayed('--json'), text)
  const events = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
    .filter(({ table }) => table === 'route')
  const repair = events.findIndex(({ event, reason }) => event === 'resync' && reason === 'overrun')
  assert.not.equal(repair, -1)
  // In the gap are the routes of which only the next reading told.
  const gap = events.slice(0, repair).filter(({ cause, kind }) => cause === 'resync' && kind === 'added')
  assert.ok(gap.length > 0 && gap.length <= routes, `${gap.length} routes`)

  const kernel = (JSON.parse(ip('-n a -j route')) as { dst: string }[]).map(({ dst }) => dst)
  const shown = [...fold(events).values()].filter(({ table, family }) => table === 254 && family === 2)
  assert.equal(shown.map(({ dst }) => dst).sort(), kernel.sort())
  assert.ok(kernel.length > routes)
})

record('the time of a line is that of the recording', async () => {
  const lines = await replayed('watch', 'route', '--time', 'iso')
  assert.is(await replayed('watch', 'route', '--time', 'iso'), lines)
  assert.match(lines, /^\d{4}-\d\d-\d\dT\S+Z /)
})

record('tshark shows the loss', () => {
  const args = ['-r', file, '-Y', 'frame.comment contains "ENOBUFS"', '-V']
  const text = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  assert.match(text, /overrun: messages were lost, the receive buffer was full \(ENOBUFS\)/)
  assert.match(text, /Message type: Data lost \(0x0004\)/)
  assert.ok(!text.includes('Malformed'))
})

record.run()
