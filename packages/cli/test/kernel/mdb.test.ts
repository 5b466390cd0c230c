// timeout: 240
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bridge } from '../support/bridge.ts'
import { ip, ipBatch } from '../support/ip.ts'
import { rtnl, rtnlProcess } from '../support/rtnl.ts'
import { endWatching, eventually, fold, Watching } from '../support/watching.ts'

const groups = suite('multicast groups of bridges')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-mdb-'))

groups.before(() => {
  ip('netns add a')
  // The groups that IPv6 joins by itself come at any time.
  ip('netns exec a sysctl -qw net.ipv6.conf.default.disable_ipv6=1')
  ipBatch('a', [
    'link add br0 type bridge mcast_snooping 1 mcast_igmp_version 3',
    'link set br0 up',
    ...['v0', 'v1'].flatMap((port) => [
      `link add ${port} type veth peer name p${port}`,
      `link set p${port} up`,
      `link set ${port} master br0 up`,
    ]),
  ])
  for (const words of [
    'port v0 grp 239.1.1.1 permanent',
    'port v1 grp 239.1.1.1 permanent',
    'port v0 grp 239.1.1.2 src 192.0.2.1 permanent',
    'port v0 grp ff0e::1 permanent',
    'port v0 grp 01:00:5e:01:02:03 permanent',
    'port br0 grp 239.1.1.3',
  ])
    bridge(`-n a mdb add dev br0 ${words}`)
})
groups.after.each(endWatching)
groups.after(() => rmSync(folder, { recursive: true }))

/** What `bridge` shows, less the ports at which there are routers. */
function shown(): string[] {
  return bridge('-n a -d mdb show')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('dev '))
    .sort()
}

async function showLines(...options: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await rtnl(['show', 'mdb', '--netns', 'a', ...options])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  return stdout.trimEnd().split('\n').sort()
}

groups('RTNL_DEBUG=netlink prints messages that hold many groups', async () => {
  const { code, stderr } = await rtnlProcess(['show', 'mdb', '--netns', 'a'], { env: { RTNL_DEBUG: 'netlink' } })
  assert.is(code, 0)
  const printed = stderr.split('\n').filter((line) => line.includes(' receive type=86 '))
  assert.is(printed.length, 1)
  // Each at its port, and the first one at two.
  const said = printed[0]?.match(/"group":"[^"]+"/g)?.map((text) => text.slice(9, -1))
  assert.equal(
    said?.sort(),
    shown()
      .map((line) => / grp (\S+)/.exec(line)?.[1])
      .sort(),
  )
})

groups('show says what bridge says, of all, of a bridge and of a port', async () => {
  assert.is(shown().length, 6)
  assert.equal(await showLines(), shown())
  assert.equal(await showLines('--dev', 'br0'), shown())
  assert.equal(
    await showLines('--dev', 'v1'),
    shown().filter((line) => line.includes('port v1')),
  )
})

groups('watch folds to what show says', async () => {
  const watching = new Watching(['mdb', '--netns', 'a', '--json'])
  await watching.count('synced', 1)
  bridge('-n a mdb add dev br0 port v1 grp 239.5.5.5 permanent')
  bridge('-n a mdb del dev br0 port v0 grp ff0e::1')
  const { stdout } = await rtnl(['show', 'mdb', '--netns', 'a', '--json'])
  const texts = (entries: Iterable<unknown>): string =>
    Array.from(entries, (entry) => JSON.stringify({ ...(entry as object), timer: 0 }))
      .sort()
      .join('\n')
  await eventually(() => texts(fold(watching.events).values()) === texts(JSON.parse(stdout)))
  assert.is(fold(watching.events).size, 6)
  assert.equal(await watching.stop(), { code: 0, signal: null })
})

groups('sync makes the ports of a bridge have the groups of a file, and leaves what is not ours', async () => {
  const file = join(folder, 'mdb.json')
  writeFileSync(
    file,
    JSON.stringify([
      { port: 'v0', group: '239.1.1.1' },
      { port: 'v1', group: '239.8.8.8' },
    ]),
  )
  const sync = ['sync', 'mdb', '--netns', 'a', '--dev', 'br0', '--file', file]
  const { code, stderr } = await rtnl(sync)
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  assert.equal(
    shown().map((line) => line.split(' ').slice(2, 6).join(' ')),
    ['port br0 grp 239.1.1.3', 'port v0 grp 239.1.1.1', 'port v1 grp 239.8.8.8'],
  )
  const { stdout } = await rtnl([...sync, '--dry-run'])
  assert.match(stdout, /0 to add, 0 to replace, 0 to remove, 2 as they should be/)
  writeFileSync(file, JSON.stringify([{ port: 'v0', group: '10.0.0.1' }]))
  const refused = await rtnl(sync)
  assert.is(refused.code, 2)
  assert.match(refused.stderr, /\[0\]\.group: "10\.0\.0\.1" is not the address of a multicast group/)
})

groups.run()
