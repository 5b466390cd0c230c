// timeout: 900
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bridge, bridgeBatch } from '../support/bridge.ts'
import { ip, ipBatch } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'
import { type Event, endWatching, fold, Watching } from '../support/watching.ts'

const evpn = suite('evpn on the command line')
const netns = ['--netns', 'a']
const collections = ['vnis', 'vteps', 'floods', 'groups', 'fdb', 'arps', 'unresolved', 'notices']

type Shown = Record<string, readonly Record<string, unknown>[]>

evpn.before.each(() => {
  ip('netns add a')
  ipBatch('a', [
    'link set lo up',
    ...[10, 20].flatMap((vni) => [
      `link add br${vni} type bridge`,
      `link set br${vni} up`,
      `link add vx${vni} type vxlan id ${vni} local 192.0.2.9 dstport 47${vni} nolearning`,
      `link set vx${vni} master br${vni} up`,
    ]),
    'nexthop add id 1 via 192.0.2.1 fdb',
    'nexthop add id 2 via 192.0.2.2 fdb',
    'nexthop add id 3 via 192.0.2.3 fdb',
    'nexthop add id 11 group 1/2,3 fdb',
    'nexthop add id 12 group 2/3 fdb',
    'neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev br10 nud noarp extern_learn',
    'neigh add fd00::1 lladdr 02:00:00:00:00:01 dev br10 nud noarp extern_learn',
  ])
  bridgeBatch('a', [
    'fdb add 02:00:00:00:00:01 dev vx10 nhid 11 extern_learn',
    'fdb add 02:00:00:00:00:02 dev vx10 nhid 12 extern_learn',
    'fdb add 02:00:00:00:00:03 dev vx10 dst 192.0.2.3 extern_learn',
    'fdb add 02:00:00:00:00:01 dev vx20 dst 192.0.2.1 extern_learn',
    'fdb append 00:00:00:00:00:00 dev vx10 dst 192.0.2.1',
  ])
})
evpn.after.each(() => {
  endWatching()
  ip('netns del a')
})

interface Nexthop {
  readonly id: number
  readonly gateway?: string
  readonly group?: readonly { readonly id: number; readonly weight?: number }[]
}

/** The forwarding entries of a vxlan that are hosts', by `bridge`, with their paths, by `ip`: `MAC GATEWAY WEIGHT ...`. */
function pathsByTools(vxlan: string): string[] {
  const nexthops: Nexthop[] = JSON.parse(ip('-n a -j nexthop'))
  const find = (id: number) => nexthops.find((nexthop) => nexthop.id === id)
  const rows: { mac: string; dst?: string; nhid?: number; flags: string[] }[] = JSON.parse(
    bridge(`-n a -j fdb show dev ${vxlan}`),
  )
  return rows
    .filter(({ mac, flags }) => flags.includes('extern_learn') && mac !== '00:00:00:00:00:00')
    .map(({ mac, dst, nhid }) => {
      const members = nhid === undefined ? [] : (find(nhid)?.group ?? [])
      const paths =
        dst === undefined ? members.map(({ id, weight = 1 }) => `${find(id)?.gateway} ${weight}`) : [`${dst} 1`]
      return [mac, ...paths].join(' ')
    })
    .sort()
}

function pathsOf(entries: readonly Record<string, unknown>[] | undefined): string[] {
  return (entries ?? [])
    .map(({ mac, paths }) =>
      [
        mac,
        ...(paths as { remote: { ip: string }; weight: number }[]).map(
          ({ remote, weight }) => `${remote.ip} ${weight}`,
        ),
      ].join(' '),
    )
    .sort()
}

async function shown(...args: string[]): Promise<Shown> {
  const { code, stdout, stderr } = await rtnl(['evpn', 'show', ...args, '--json', ...netns])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  return JSON.parse(stdout)
}

const byText = (entries: Iterable<unknown> = []): string[] =>
  [...entries].map((entry) => JSON.stringify(Object.entries(entry as object).sort())).sort()

evpn('show --json is one object with an array for each collection, as the tools say', async () => {
  const all = await shown()
  assert.equal(Object.keys(all), collections)
  const ofVni = (vni: number) => all.fdb?.filter((entry) => entry.vni === vni)
  assert.equal(pathsOf(ofVni(10)), pathsByTools('vx10'))
  assert.equal(pathsOf(ofVni(20)), pathsByTools('vx20'))
  assert.equal(all.groups?.map(({ nhId, macs }) => [nhId, macs]).sort(), [
    [11, 1],
    [12, 1],
  ])
  assert.equal(all.vnis?.map(({ vni, ports }) => [vni, ports]).sort(), [
    [10, [4710]],
    [20, [4720]],
  ])
})

evpn('show says how long ago an entry was made or changed, as the tools do', async () => {
  type Aged = Readonly<Record<'mac' | 'dst', string>> & { readonly updated: number }
  const fdbAges = (): Map<string, number> => {
    const rows: Aged[] = JSON.parse(bridge('-n a -s -j fdb show dev vx10'))
    return new Map(rows.map(({ mac, updated }) => [mac, updated]))
  }
  const arpAges = (): Map<string, number> => {
    const rows: Aged[] = JSON.parse(ip('-n a -s -j neigh show dev br10 nud noarp'))
    return new Map(rows.map(({ dst, updated }) => [dst, updated]))
  }
  await delay(1100)
  bridgeBatch('a', ['fdb replace 02:00:00:00:00:03 dev vx10 dst 192.0.2.2 extern_learn'])
  const before = [fdbAges(), arpAges()] as const
  const { fdb = [], arps = [], ...others } = await shown('--vni', '10')
  const after = [fdbAges(), arpAges()] as const
  assert.equal([fdb.length, arps.length], [3, 2])
  for (const [at, name, entries] of [
    [0, 'mac', fdb],
    [1, 'ip', arps],
  ] as const) {
    for (const entry of entries) {
      const [least = Number.NaN, most = Number.NaN] = [before, after].map((ages) => ages[at].get(String(entry[name])))
      const seconds = Math.floor(Number(entry.age) / 100)
      assert.ok(least <= seconds && seconds <= most, `${entry[name]}: ${least} <= ${seconds} <= ${most}`)
    }
  }
  const age = (mac: string): number => Number(fdb.find((entry) => entry.mac === mac)?.age)
  assert.ok(age('02:00:00:00:00:02') - age('02:00:00:00:00:03') >= 100, JSON.stringify(fdb))
  assert.not.ok(Object.values(others).some((entries) => entries.some((entry) => 'age' in entry)))
})

evpn('show takes collections, each once, and a VNI', async () => {
  const all = await shown()
  const some = await shown('fdb', 'vnis', 'fdb', '--vni', '20')
  assert.equal(Object.keys(some), ['fdb', 'vnis'])
  for (const name of ['fdb', 'vnis']) {
    assert.equal(some[name]?.map(lasting), all[name]?.filter(({ vni }) => vni === 20).map(lasting))
    assert.is(some[name]?.length, 1)
  }
  const none = await rtnl(['evpn', 'show', 'fdb', '--vni', '30', '--json', ...netns])
  assert.equal([none.code, none.stdout], [0, '{"fdb":[]}\n'])
})

evpn('show prints paths with weights and shares, IP addresses and reasons', async () => {
  // The kernel takes a group that is not for forwarding entries in place of one that is, and the entries stay.
  ipBatch('a', ['nexthop add id 4 blackhole', 'nexthop replace id 12 group 4'])
  const { code, stdout, stderr } = await rtnl(['evpn', 'show', '--vni', '10', ...netns])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  const lines = stdout.split('\n').map((line) => line.replace(/ age (?:\d+m)?\d+s\b/, ' age AGE'))
  const [first, second] = ['dst 192.0.2.1 port 4710', 'dst 192.0.2.2 port 4710']
  for (const line of [
    'vnis        vni 10 dev vx10 bridge br10 svi br10 local 192.0.2.9 port 4710',
    'floods      vni 10 dev vx10 vtep 192.0.2.1 port 4710',
    `groups      vni 10 nhid 11 dev vx10 ${first} weight 1 (25 %) ${second} weight 3 (75 %) macs 1`,
    'fdb         vni 10 02:00:00:00:00:03 dev vx10 dst 192.0.2.3 port 4710 extern_learn age AGE',
    'arps        vni 10 10.0.0.1 dev br10 lladdr 02:00:00:00:00:01 host age AGE',
  ]) {
    assert.ok(lines.includes(line), `no line "${line}" in:\n${stdout}`)
  }
  const host = lines.find((line) => line.startsWith('fdb         vni 10 02:00:00:00:00:01 '))
  assert.match(host ?? '', `dev vx10 nhid 11 ${first} weight 1 (25 %) ${second} weight 3 (75 %) extern_learn ip `)
  assert.equal(host?.split(' ip ')[1]?.split(' ')[0]?.split(',').sort(), ['10.0.0.1', 'fd00::1'])
  assert.ok(
    lines.some((line) => /^fdb .* 02:00:00:00:00:02 .* age AGE unresolved$/.test(line)),
    stdout,
  )
  assert.ok(
    lines.some((line) => /^unresolved {2}vni 10 fdb 02:00:00:00:00:02 dev vx10 nexthop-not-fdb: /.test(line)),
    stdout,
  )
  assert.not.match(stdout, 'vni 20')
})

/** What the events of each collection fold to. */
function folded(events: readonly Event[]): Shown {
  return Object.fromEntries(
    collections.map((name) => [name, [...fold(events.filter(({ table }) => table === name)).values()]]),
  )
}

for (const [what, options, vnis] of [
  ['', [], [10, 20]],
  [' of a VNI', ['--vni', '10'], [10]],
] as const) {
  evpn(`watch --json${what}: folding the lines gives what show prints, whatever happens`, async () => {
    const watching = new Watching([...options, '--json', ...netns], true, ['evpn', 'watch'])
    await watching.count('synced', collections.length)
    const first = watching.events
    for (const { table, entries } of first.filter(({ event }) => event === 'synced')) {
      assert.is(fold(first.filter((event) => event.table === table)).size, entries, table)
    }
    // Weights change, an endpoint fails and returns, a host moves, another VNI gets a host.
    ip('-n a nexthop replace id 11 group 1,5/2,7 fdb')
    ip('-n a nexthop del id 2')
    ip('-n a nexthop add id 2 via 192.0.2.2 fdb')
    ip('-n a nexthop replace id 12 group 2,9/3 fdb')
    bridgeBatch('a', [
      'fdb replace 02:00:00:00:00:03 dev vx10 dst 192.0.2.2 extern_learn',
      'fdb add 02:00:00:00:00:05 dev vx20 dst 192.0.2.5 extern_learn',
      'fdb add 02:00:00:00:00:06 dev vx10 dst 192.0.2.6 extern_learn',
    ])
    const now = await shown(...options)
    assert.equal(pathsOf(now.fdb?.filter(({ vni }) => vni === 10)), pathsByTools('vx10'))
    const equal = (): boolean => {
      const seen = folded(watching.events)
      return collections.every(
        (name) => byText(seen[name]?.map(lasting)).join() === byText(now[name]?.map(lasting)).join(),
      )
    }
    await watching.until(equal)
    assert.equal(await watching.stop(), { code: 0, signal: null })
    assert.is(watching.stderr, '')
    const seen = new Set(watching.events.flatMap(({ entry }) => (entry?.vni === undefined ? [] : [entry.vni])))
    assert.equal([...seen].sort(), [...vnis])
    const changed = watching.events.find(
      ({ table, kind, key }) => table === 'groups' && kind === 'changed' && key === '10 11',
    )
    assert.equal(Object.keys(changed ?? {}), ['event', 'table', 'kind', 'cause', 'key', 'entry', 'old'])
  })
}

/** Which numbers endpoints have depends on the order in which they came, and `watch` does not say ages, which run. */
function lasting({ id, age, ...entry }: Record<string, unknown>): object {
  return entry
}

evpn('watch prints changes in text, and ends with a signal', async () => {
  const watching = new Watching(['groups', 'groups', '--vni', '10', ...netns], true, ['evpn', 'watch'])
  await watching.until(() => watching.lines.length === 3)
  assert.is(watching.lines[2], '= groups: 2 entries')
  ip('-n a nexthop replace id 11 group 1/2 fdb')
  await watching.until(() => watching.lines.length === 4)
  const paths = (one: string, two: string) => `dst 192.0.2.1 port 4710 ${one} dst 192.0.2.2 port 4710 ${two} macs 1`
  assert.is(
    watching.lines[3],
    `~ groups vni 10 nhid 11 dev vx10 ${paths('weight 1 (50 %)', 'weight 1 (50 %)')} (was dst 192.0.2.1 port 4710 weight 1 (25 %) dst 192.0.2.2 port 4710 weight 3 (75 %))`,
  )
  assert.equal(await watching.stop('SIGINT'), { code: 0, signal: null })
  assert.is(watching.stderr, '')
})

evpn('show prints what the reference of EVPN says', async () => {
  const [, chapter = ''] = readFileSync(new URL('../../../../docs/evpn.md', import.meta.url), 'utf8').split(
    '## In a terminal',
  )
  const [scene = '', printed = ''] = ['sh', 'text'].map((kind) => chapter.split(`\`\`\`${kind}\n`)[1]?.split('```')[0])
  ip('netns add docs')
  try {
    const commands = scene.trimEnd().split('\n')
    for (const line of commands) {
      const [tool, ...words] = line.split(' ')
      const run = tool === 'bridge' ? bridge : ip
      run(`-n docs ${words.join(' ')}`)
    }
    const { stdout } = await rtnl(['evpn', 'show', '--netns', 'docs'])
    const aged = (text: string): string => text.replaceAll(/ age (?:\d+m)?\d+s$/gm, ' age 5s')
    assert.ok(commands.length > 10)
    assert.is(aged(stdout), printed)
  } finally {
    ip('netns del docs')
  }
})

evpn('names what is wrong with its arguments', async () => {
  for (const [words, complaint] of [
    [['show', 'fbd'], `rtnl: there is no collection 'fbd'; the collections are: ${collections.join(', ')}\n`],
    [['watch', '--vni', '16777216'], "rtnl: --vni: '16777216' is not a number from 0 to 16777215\n"],
    [['show', '--vni=-1'], "rtnl: --vni: '-1' is not a number from 0 to 16777215\n"],
    [['shwo'], "rtnl: unknown command 'shwo' (Did you mean show?); see rtnl --help\n"],
    [['show', '--netns', '..'], "rtnl: --netns: '..' is neither a name nor a path; `ip netns` lists the names\n"],
  ] as const) {
    const { code, stdout, stderr } = await rtnl(['evpn', ...words])
    assert.equal({ code, stdout, stderr }, { code: 2, stdout: '', stderr: complaint })
  }
  const bare = await rtnl(['evpn'])
  assert.equal([bare.code, bare.stdout], [2, ''])
  assert.match(bare.stderr, /^Usage: rtnl evpn/)
  const nowhere = await rtnl(['evpn', 'watch', '--netns', 'nowhere'])
  assert.is(nowhere.code, 1)
  assert.match(nowhere.stderr, /^rtnl: [^\n]*'nowhere'[^\n]*\n$/)
})

evpn.run()
