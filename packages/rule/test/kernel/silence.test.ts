import { execFileSync, spawnSync } from 'node:child_process'
import { openTable } from '@rtnl/live-table'
import { RuleTable, ruleDefinition } from '@rtnl/rule'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asIpShows, ipRules } from '../support/shown.ts'

const silence = suite('what the kernel changes in silence')

/** What makes the scene, and what then changes flags of rules without a message about them. */
const cases: [title: string, before: readonly string[], lines: readonly string[]][] = [
  ['a rule comes that another one goes to', ['rule add priority 90 goto 100'], ['rule add priority 100 table 5']],
  [
    'the last rule that another one goes to is deleted',
    ['rule add priority 100 table 5', 'rule add priority 100 table 6', 'rule add priority 90 goto 100'],
    ['rule del priority 100', 'rule del priority 100'],
  ],
  ['an interface comes', ['rule add priority 90 iif v0 table 5'], ['link add v0 type veth peer name v1']],
  [
    'an interface is deleted',
    ['link add v0 type veth peer name v1', 'rule add priority 90 oif v0 table 5'],
    ['link del v0'],
  ],
  [
    'an interface takes another name, and one takes that of a rule',
    [
      'link add v0 type veth peer name v1',
      'rule add priority 90 iif v0 table 5',
      'rule add priority 91 oif w1 table 5',
    ],
    ['link set v0 name w0', 'link set v1 name w1'],
  ],
]

for (const [number, [title, before, lines]] of cases.entries()) {
  silence(title, async () => {
    const netns = `silence${number}`
    const ip = (line: string): Buffer => execFileSync('ip', ['-n', netns, ...line.split(' ')])
    execFileSync('ip', ['netns', 'add', netns])
    for (const line of before) ip(line)
    await using table = await RuleTable.open({ netns })
    await using deaf = await openTable({ ...ruleDefinition, triggers: [] }, { netns })
    for (const line of lines) ip(line)
    await table.waitForSync()
    await deaf.waitForSync()
    assert.equal([...table].map(asIpShows).sort(), ipRules(netns).sort())
    assert.not.equal([...deaf].map(asIpShows).sort(), ipRules(netns).sort(), 'without triggers')
    execFileSync('ip', ['netns', 'delete', netns])
  })
}

silence('the rule that comes with the first VRF is announced', async () => {
  const netns = 'vrf'
  execFileSync('ip', ['netns', 'add', netns])
  await using deaf = await openTable({ ...ruleDefinition, triggers: [] }, { netns })
  // Not every kernel has VRFs.
  const { status } = spawnSync('ip', ['-n', netns, ...'link add vrf0 type vrf table 10'.split(' ')])
  await deaf.waitForSync()
  const shown = ipRules(netns)
  assert.is(shown.filter((text) => text.includes('l3mdev')).length, status === 0 ? 2 : 0)
  assert.equal([...deaf].map(asIpShows).sort(), shown.sort())
  // It stays without a VRF.
  if (status === 0) execFileSync('ip', ['-n', netns, 'link', 'del', 'vrf0'])
  await deaf.waitForSync()
  assert.equal([...deaf].map(asIpShows).sort(), ipRules(netns).sort())
  execFileSync('ip', ['netns', 'delete', netns])
})

silence.run()
