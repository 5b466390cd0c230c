// timeout: 300
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'
import { eventually } from '../support/watching.ts'

const seg6 = suite('segment routing')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-seg6-'))

/** What `ip` calls them, and the object that stands for each (`linux/seg6_local.h`), `v0` for its index. */
const local: readonly (readonly [words: string, encap: Record<string, unknown>])[] = [
  ['End', { action: 1 }],
  ['End count', { action: 1, counters: { packets: 0, bytes: 0, errors: 0 } }],
  ['End flavors psp', { action: 1, flavors: { operation: 2 } }],
  ['End flavors next-csid', { action: 1, flavors: { operation: 16, lcblockBits: 32, lcnodeFnBits: 16 } }],
  [
    'End flavors next-csid lblen 48 nflen 8',
    { action: 1, flavors: { operation: 16, lcblockBits: 48, lcnodeFnBits: 8 } },
  ],
  ['End.X nh6 fd00::9', { action: 2, nh6: 'fd00::9' }],
  ['End.T table 77', { action: 3, table: 77 }],
  ['End.DX2 oif v0', { action: 4, oif: 'v0' }],
  ['End.DX6 nh6 fd00::9 count', { action: 5, nh6: 'fd00::9', counters: { packets: 0, bytes: 0, errors: 0 } }],
  ['End.DX4 nh4 10.0.0.9', { action: 6, nh4: '10.0.0.9' }],
  ['End.DT6 table main', { action: 7, table: 254 }],
  ['End.B6 srh segs fd00::9', { action: 9, srh: { segs: ['fd00::9', '::'] } }],
  ['End.B6.Encaps srh segs fd00::9,fd00::8', { action: 10, srh: { segs: ['fd00::9', 'fd00::8'] } }],
  ['End.B6.Encaps srh segs fd00::9,fd00::8 hmac 5', { action: 10, srh: { segs: ['fd00::9', 'fd00::8'], hmac: 5 } }],
]
const around: readonly (readonly [words: string, encap: Record<string, unknown>])[] = [
  ['mode encap segs fd00::9,fd00::8 hmac 11', { mode: 1, segs: ['fd00::9', 'fd00::8'], hmac: 11 }],
  ['mode inline segs fd00::9 hmac 4294967295', { mode: 0, segs: ['fd00::9', '::'], hmac: 4294967295 }],
]
const routes = [
  ...local.map(([words, encap], place) => ({
    dst: `fd10:${place + 1}::/64`,
    words: `encap seg6local action ${words}`,
    encapType: 7,
    encap,
  })),
  ...around.map(([words, encap], place) => ({
    dst: `fd11:${place + 1}::/64`,
    words: `encap seg6 ${words}`,
    encapType: 5,
    encap,
  })),
]

/** The lines of `ip` without their doubled spaces. */
const printed = (): string[] =>
  ip('-n a -s -o -6 route show proto boot')
    .trim()
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .sort()

interface Shown {
  readonly dst: string
  readonly encapType: number
  readonly encap: Record<string, unknown>
}

let text: string[] = []
let shown: Shown[] = []

async function show(...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await rtnl(['show', 'route', '--netns', 'a', '--table', 'main', ...options])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  return stdout
}

const ours = ({ dst }: Shown): boolean => /^fd1[01]:/.test(dst)

async function sync(...entries: readonly unknown[]) {
  const path = join(folder, 'routes.json')
  writeFileSync(path, JSON.stringify(entries))
  return rtnl(['sync', 'route', '--additive', '--netns', 'a', '--file', path])
}

seg6.before(async () => {
  for (const netns of ['a', 'b']) ip(`netns add ${netns}`)
  execFileSync('ip', ['netns', 'exec', 'a', 'sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1'])
  ip('-n a link add v0 type veth peer name p0 netns b')
  ipBatch('b', [
    'link set p0 addrgenmode none',
    'link set p0 up',
    'address add fd00::2/64 dev p0 nodad',
    'route add fd12::/64 via fd00::1',
  ])
  ipBatch('a', [
    'link set v0 addrgenmode none',
    'link set v0 up',
    'address add fd00::1/64 dev v0 nodad',
    ...routes.map(({ dst, words }) => `route add ${dst} ${words} dev v0`),
  ])
  text = (await show()).split('\n').filter((line) => /^fd1[01]:/.test(line))
  shown = JSON.parse(await show('--json')).filter(ours)
})

seg6.after(() => rmSync(folder, { recursive: true }))

seg6('the text is what `ip` prints, line for line', () => {
  assert.is(text.length, routes.length)
  assert.equal(text.sort(), printed())
})

seg6('--json has a field for each attribute', () => {
  const { ifindex } = JSON.parse(ip('-n a -j link show dev v0'))[0]
  const expected = routes.map(({ dst, encapType, encap }) => ({
    dst,
    encapType,
    encap: 'oif' in encap ? { ...encap, oif: ifindex } : encap,
  }))
  assert.equal(
    Object.fromEntries(shown.map(({ dst, encapType, encap }) => [dst, { dst, encapType, encap }])),
    Object.fromEntries(expected.map((route) => [route.dst, route])),
  )
})

seg6('what was shown is there, and nothing is to do', async () => {
  const { stdout } = await sync(...shown)
  assert.match(stdout, `plan: 0 to add, 0 to replace, 0 to remove, ${routes.length} as they should be`)
})

seg6('what was shown can be put back', async () => {
  const before = printed()
  ip('-n a -6 route flush proto boot')
  const { code, stderr } = await sync(...shown)
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  assert.equal(printed(), before)
})

seg6('hex digits of an encapsulation that has fields are that encapsulation', async () => {
  const before = printed()
  const { dst, ...rest } = shown.find(({ encap }) => encap.nh4 !== undefined)!
  // SEG6_LOCAL_ACTION 6, SEG6_LOCAL_NH4 10.0.0.9, as `ip monitor` is told them.
  const { stdout } = await sync({ ...rest, dst, encap: '080001000600000008000400' + '0a000009' })
  assert.match(stdout, '0 to add, 0 to replace, 0 to remove, 1 as they should be')
  assert.equal(printed(), before)
})

seg6('names may stand for numbers', async () => {
  ip('-n a -6 route flush proto boot')
  const { code, stderr } = await sync(
    { dst: 'fd10::/64', oif: 'v0', encapType: 'seg6local', encap: { action: 'End.DX2', oif: 'v0' } },
    { dst: 'fd11::/64', oif: 'v0', encapType: 'seg6local', encap: { action: 'End.DT6', table: 'main' } },
    {
      dst: 'fd12::/64',
      oif: 'v0',
      encapType: 'seg6local',
      encap: { action: 'End', counters: {}, flavors: { operation: 'next-csid' } },
    },
  )
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  assert.equal(printed(), [
    'fd10::/64 encap seg6local action End.DX2 oif v0 dev v0 metric 1024 pref medium',
    'fd11::/64 encap seg6local action End.DT6 table main dev v0 metric 1024 pref medium',
    'fd12::/64 encap seg6local action End packets 0 bytes 0 errors 0 flavors next-csid lblen 32 nflen 16 dev v0 metric 1024 pref medium',
  ])
})

seg6('counters that run are no difference', async () => {
  const route = {
    dst: 'fd12::/64',
    oif: 'v0',
    encapType: 7,
    encap: { action: 1, counters: {}, flavors: { operation: 16 } },
  }
  await eventually(() => {
    // It has no header of segment routing.
    execFileSync('ip', ['netns', 'exec', 'b', 'bash', '-c', 'echo > /dev/udp/fd12::1/9'])
    return / (?:packets|errors) [1-9]/.test(printed().find((line) => line.startsWith('fd12:')) ?? '')
  })
  const { stdout } = await sync(route)
  assert.match(stdout, 'plan: 0 to add, 0 to replace, 0 to remove, 1 as they should be')
  const { counters: _, ...without } = route.encap
  const { stdout: changed } = await sync({ ...route, encap: without })
  assert.match(changed, 'plan: 0 to add, 1 to replace, 0 to remove, 0 as they should be')
})

seg6.run()
