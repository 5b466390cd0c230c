// timeout: 240
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bridge } from '../support/bridge.ts'
import { ip, ipBatch } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'
import { endWatching, eventually, fold, Watching } from '../support/watching.ts'

const vnis = suite('VNIs of a vxlan')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-vni-'))

vnis.before(() => {
  ip('netns add a')
  ipBatch('a', [
    'link add v0 type veth peer name p0',
    'link set v0 up',
    'link add vx0 type vxlan dstport 4789 dev v0 nolearning external vnifilter',
    'link add vx1 type vxlan dstport 4790 dev v0 nolearning external vnifilter',
  ])
  bridge('-n a vni add vni 100-104 dev vx0')
  bridge('-n a vni add vni 200 dev vx0 group 239.1.1.1')
  bridge('-n a vni add vni 201-202 dev vx1 remote 2001:db8::1')
})
vnis.after.each(endWatching)
vnis.after(() => rmSync(folder, { recursive: true }))

interface ShownVnis {
  readonly ifname: string
  readonly vnis: readonly {
    readonly vni: number
    readonly vniEnd?: number
    readonly group?: string
    readonly remote?: string
  }[]
}

/** What `bridge vni` shows, one by one, as lines. */
function shown(): string[] {
  const all: ShownVnis[] = JSON.parse(bridge('-n a -j vni'))
  return all
    .flatMap(({ ifname, vnis }) =>
      vnis.flatMap(({ vni, vniEnd = vni, group, remote }) =>
        Array.from({ length: vniEnd - vni + 1 }, (_, more) => {
          const words = group === undefined ? (remote === undefined ? '' : ` remote ${remote}`) : ` group ${group}`
          return `dev ${ifname} vni ${vni + more}${words}`
        }),
      ),
    )
    .sort()
}

async function showLines(...options: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await rtnl(['show', 'vni', '--netns', 'a', ...options])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  return stdout.trimEnd().split('\n').sort()
}

vnis('show says what bridge says, of all and of one', async () => {
  assert.is(shown().length, 8)
  assert.equal(await showLines(), shown())
  const ofOne = shown().filter((line) => line.includes('vx1'))
  assert.equal(await showLines('--dev', 'vx1'), ofOne)
})

vnis('watch tells each VNI of a range', async () => {
  const watching = new Watching(['vni', '--netns', 'a', '--json'])
  await watching.count('synced', 1)
  bridge('-n a vni add vni 300-303 dev vx1')
  bridge('-n a vni delete vni 301-302 dev vx1')
  bridge('-n a vni add vni 300 dev vx1 remote 192.0.2.9')
  const folded = (): string[] => [...fold(watching.events).values()].map(({ ifindex, vni }) => `${ifindex} ${vni}`)
  await eventually(() => folded().length === shown().length)
  const { stdout } = await rtnl(['show', 'vni', '--netns', 'a', '--json'])
  const read: Record<string, unknown>[] = JSON.parse(stdout)
  const byText = (entries: Iterable<unknown>): string[] => Array.from(entries, (entry) => JSON.stringify(entry)).sort()
  await eventually(() => byText(fold(watching.events).values()).join() === byText(read).join())
  assert.equal(await watching.stop(), { code: 0, signal: null })
})

function file(entries: readonly object[]): string {
  const path = join(folder, 'vnis.json')
  writeFileSync(path, JSON.stringify(entries))
  return path
}

const sync = (entries: readonly object[], ...options: string[]) =>
  rtnl(['sync', 'vni', '--netns', 'a', '--dev', 'vx0', '--file', file(entries), ...options])

vnis('sync makes a vxlan have the VNIs and ranges of a file', async () => {
  const others = shown().filter((line) => line.includes('vx1'))
  const { code, stderr } = await sync([
    { vni: 102, vniEnd: 106 },
    { vni: 200, group: '192.0.2.1' },
  ])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  const wanted = [...[102, 103, 104, 105, 106].map((vni) => `dev vx0 vni ${vni}`), 'dev vx0 vni 200 remote 192.0.2.1']
  assert.equal(shown(), [...wanted, ...others].sort())
  const { stdout } = await sync(
    [
      { vni: 102, vniEnd: 106 },
      { vni: 200, group: '192.0.2.1' },
    ],
    '--dry-run',
  )
  assert.match(stdout, /0 to add, 0 to replace, 0 to remove, 6 as they should be/)
})

vnis('sync refuses ranges that there cannot be, and changes nothing', async () => {
  const before = shown()
  for (const [entry, message] of [
    [{ vni: 0 }, '[1].vni: 0 is not a whole number in 1..16777215'],
    [{ vni: 9, vniEnd: 5 }, '[1].vniEnd: 5 is less than 9, with which the range begins'],
    [{ vni: 1, vniEnd: 9 }, '[1].vni: 7 is in vni[0] already'],
  ] as const) {
    const { code, stderr } = await sync([{ vni: 7 }, entry])
    assert.is(code, 2)
    assert.ok(stderr.includes(message), stderr)
  }
  assert.equal(shown(), before)
})

vnis.run()
