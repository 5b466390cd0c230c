import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rtnl } from '../support/rtnl.ts'

const rules = suite('rules on the command line')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-rules-'))

const ip = (words: string): string => execFileSync('ip', words.split(' '), { encoding: 'utf8' })

/** Lines of `ip rule`, without the spaces at their end. */
const lines = (text: string): string[] => text.split('\n').map((line) => line.trimEnd())

const many = [
  'rule add from 10.0.0.1/8 to 192.0.2.0/24 fwmark 5/0xff iif v0 priority 100 table 5',
  'rule add from 10.0.0.2 to 192.0.2.9 fwmark 5 oif nosuch priority 100 table main',
  'rule add not from all tos 0x10 priority 0 table 5 protocol 84',
  'rule add not tos 0x12 priority 7 table local protocol bgp',
  'rule add priority 200 goto 300',
  'rule add priority 205 goto 32766',
  'rule add priority 210 uidrange 5-10 ipproto tcp sport 80 dport 100-200 blackhole',
  'rule add priority 211 tun_id 77 table 1000 suppress_prefixlength 0 suppress_ifgroup default realms 3/4',
  'rule add priority 212 ipproto 200 table 4294967295 suppress_ifgroup 7 realms 4',
  'rule add priority 213 nop',
  'rule add priority 214 unreachable',
  'rule add priority 215 prohibit protocol 99',
  'rule add priority 216 fwmark 0/0xff table 9',
  '-6 rule add priority 216 from 2001:db8::/32 to fd00::1 iif lo table 9',
  '-6 rule add priority 217 dport 80 ipproto ipv6-icmp unreachable',
]

rules.before(() => {
  ip('link set lo up')
  for (const words of many) {
    try {
      ip(words)
    } catch (error) {
      // Some versions know no such type of service.
      if (!words.includes('0x12')) throw error
    }
  }
})

for (const [family, option] of [
  ['inet', '-4'],
  ['inet6', '-6'],
] as const) {
  rules(`show prints the rules of ${family} as ip does`, async () => {
    const { code, stdout, stderr } = await rtnl(['show', 'rule', '--family', family])
    assert.equal({ code, stderr }, { code: 0, stderr: '' })
    assert.equal(lines(stdout), lines(ip(`${option} rule`)))
  })
}

rules('without a family it prints both, and with a table those that look it up', async () => {
  const { stdout } = await rtnl(['show', 'rule'])
  assert.equal(lines(stdout), lines(ip('-4 rule') + ip('-6 rule')))
  const ofTable = await rtnl(['show', 'rule', '--table', '9'])
  assert.equal(lines(ofTable.stdout), lines(ip('-4 rule show table 9') + ip('-6 rule show table 9')))
})

rules('sync needs a protocol, and puts rules in and takes them out', async () => {
  const file = join(folder, 'ours.json')
  writeFileSync(
    file,
    JSON.stringify([
      { priority: 50, src: '10.5.0.0/16', table: 5 },
      { priority: 51, action: 'prohibit' },
    ]),
  )
  const without = await rtnl(['sync', 'rule', '--file', file])
  assert.equal(
    { code: without.code, stderr: without.stderr },
    { code: 2, stderr: 'rtnl: sync rule needs --protocol: what is ours is that of one protocol; or --additive\n' },
  )
  const { code, stdout } = await rtnl(['sync', 'rule', '--protocol', '85', '--file', file])
  assert.is(code, 0)
  assert.match(stdout, 'done: 2 added, 0 replaced, 0 removed')
  assert.equal(lines(ip('-N rule show priority 50')), ['50:\tfrom 10.5.0.0/16 lookup 5 proto 85', ''])
  writeFileSync(file, JSON.stringify([{ priority: 50, src: '10.5.0.0/16', table: 6 }]))
  await rtnl(['sync', 'rule', '--protocol', '85', '--file', file])
  assert.equal(lines(ip('-N rule show priority 50')), ['50:\tfrom 10.5.0.0/16 lookup 6 proto 85', ''])
  assert.equal(lines(ip('rule show priority 51')), [''])
})

rules('what show prints is put back by sync --additive', async () => {
  const file = join(folder, 'all.json')
  const { stdout } = await rtnl(['show', 'rule', '--json'])
  writeFileSync(file, stdout)
  const before = ip('-4 rule') + ip('-6 rule')
  for (const words of ['rule del priority 100', 'rule del priority 211', '-6 rule del priority 216']) ip(words)
  const { code, stderr } = await rtnl(['sync', 'rule', '--additive', '--file', file])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  // The one of equal priority that stayed stands first now.
  assert.equal(lines(ip('-4 rule') + ip('-6 rule')).sort(), lines(before).sort())
})

rules.after(() => rmSync(folder, { recursive: true }))

rules.run()
