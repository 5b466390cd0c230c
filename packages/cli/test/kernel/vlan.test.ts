// timeout: 240
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bridge } from '../support/bridge.ts'
import { ip, ipBatch } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'
import { endWatching, eventually, fold, Watching } from '../support/watching.ts'

const vlans = suite('VLANs of bridges')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-vlan-'))

ip('netns add a')
ipBatch('a', ['link add br0 type bridge', 'link add v0 type veth peer name p0', 'link set v0 master br0'])

/** Whether bridges of this kernel can have VLANs. */
const filtering =
  spawnSync('ip', ['-n', 'a', 'link', 'set', 'br0', 'type', 'bridge', 'vlan_filtering', '1']).status === 0

vlans.after.each(endWatching)
vlans.after(() => rmSync(folder, { recursive: true }))

interface ShownVlans {
  readonly ifname: string
  readonly vlans: readonly { readonly vlan: number; readonly vlanEnd?: number; readonly flags?: readonly string[] }[]
}

/** What `bridge vlan` shows, one by one, as lines. */
function shown(): string[] {
  const all: ShownVlans[] = JSON.parse(bridge('-n a -j vlan'))
  const word = (flag: string): string => (flag === 'PVID' ? ' pvid' : ' untagged')
  return all
    .flatMap(({ ifname, vlans }) =>
      vlans.flatMap(({ vlan, vlanEnd = vlan, flags = [] }) =>
        Array.from({ length: vlanEnd - vlan + 1 }, (_, more) => {
          return `dev ${ifname} vid ${vlan + more}${flags.map(word).join('')}`
        }),
      ),
    )
    .sort()
}

async function showLines(...options: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await rtnl(['show', 'vlan', '--netns', 'a', ...options])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  return stdout.split('\n').filter(Boolean).sort()
}

function file(entries: readonly object[]): string {
  const path = join(folder, 'vlans.json')
  writeFileSync(path, JSON.stringify(entries))
  return path
}

const sync = (entries: readonly object[], ...options: string[]) =>
  rtnl(['sync', 'vlan', '--netns', 'a', '--dev', 'v0', '--file', file(entries), ...options])

vlans('sync refuses VLANs that there cannot be', async () => {
  for (const [entry, message] of [
    [{ vid: 0 }, '[1].vid: 0 is not a whole number in 1..4094'],
    [{ vid: 4095 }, '[1].vid: 4095 is not a whole number in 1..4094'],
    [{ vid: 9, vidEnd: 5 }, '[1].vidEnd: 5 is less than 9, with which the range begins'],
    [{ vid: 1, vidEnd: 9 }, '[1].vid: 7 is in vlan[0] already'],
  ] as const) {
    const { code, stderr } = await sync([{ vid: 7 }, entry])
    assert.is(code, 2)
    assert.ok(stderr.includes(message), stderr)
  }
})

if (filtering) {
  vlans('show says what bridge says, of all and of one', async () => {
    bridge('-n a vlan add vid 10-14 dev v0')
    bridge('-n a vlan add vid 20 dev br0 self untagged')
    assert.is(shown().length, 8)
    assert.equal(await showLines(), shown())
    assert.equal(
      await showLines('--dev', 'v0'),
      shown().filter((line) => line.includes('v0')),
    )
  })

  vlans('watch folds to what show says', async () => {
    const watching = new Watching(['vlan', '--netns', 'a', '--json'])
    await watching.count('synced', 1)
    bridge('-n a vlan add vid 30-33 dev v0')
    bridge('-n a vlan del vid 31-32 dev v0')
    bridge('-n a vlan add vid 33 dev v0 pvid')
    const { stdout } = await rtnl(['show', 'vlan', '--netns', 'a', '--json'])
    const texts = (entries: Iterable<unknown>): string =>
      Array.from(entries, (entry) => JSON.stringify(entry))
        .sort()
        .join('\n')
    await eventually(() => texts(fold(watching.events).values()) === texts(JSON.parse(stdout)))
    assert.is(fold(watching.events).size, 10)
    assert.equal(await watching.stop(), { code: 0, signal: null })
  })

  vlans('sync makes a port have the VLANs and ranges of a file', async () => {
    const others = shown().filter((line) => line.includes('br0'))
    const wanted = [
      { vid: 12, vidEnd: 15 },
      { vid: 1, flags: ['pvid', 'untagged'] },
    ]
    const { code, stderr } = await sync(wanted)
    assert.equal({ code, stderr }, { code: 0, stderr: '' })
    const expected = ['vid 1 pvid untagged', 'vid 12', 'vid 13', 'vid 14', 'vid 15'].map((words) => `dev v0 ${words}`)
    assert.equal(shown(), [...expected, ...others].sort())
    const { stdout } = await sync(wanted, '--dry-run')
    assert.match(stdout, /0 to add, 0 to replace, 0 to remove, 5 as they should be/)
  })
} else {
  vlans('there are none in this kernel', async () => {
    assert.equal(await showLines(), [])
  })
}

vlans.run()
