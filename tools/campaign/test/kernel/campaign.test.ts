// timeout: 600
// runtimes: node
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hunt } from '../../hunt.ts'
import { scenarios } from '../../operations/index.ts'
import { parseOptions } from '../../options.ts'

const campaign = suite('campaign')
let folder = ''

campaign.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtnl-campaign-'))
})
campaign.after(() => rmSync(folder, { recursive: true, force: true }))

for (const scenario of ['nexthops', 'rules', 'neighbors']) {
  campaign(`tables show what the kernel has while everything changes: ${scenario}`, async () => {
    const options = parseOptions(['--seconds', '8', '--seed', '1', '--scenario', scenario])
    const { figures, differences } = await hunt(options, folder)
    assert.equal(differences, [])
    assert.ok(figures.checkpoints > 0)
    assert.ok(figures.changes > 100)
    const idle = scenarios[scenario]!.filter((domain) => (figures.operations[domain]?.accepted ?? 0) === 0)
    assert.equal(idle, [])
  })
}

campaign('a table without the rule of a silence is found out, and with few operations', async () => {
  // The kernel removes the objects of a link that goes down, and announces the link alone.
  const options = parseOptions([
    '--seconds',
    '60',
    '--seed',
    '1',
    '--scenario',
    'nexthops',
    '--without',
    'nexthop:link',
  ])
  const { differences, operations, shrunk, folder: report } = await hunt(options, folder)
  assert.ok(differences.some(({ table, between }) => table === 'nexthop' && between === 'table and dump'))
  assert.ok(shrunk !== undefined && shrunk.length < 60, `${shrunk?.length} of ${operations.length} operations`)
  const test = readFileSync(join(report, 'sequence.test.ts'), 'utf8')
  for (const { line } of shrunk) assert.ok(test.includes(JSON.stringify(line)))
  assert.ok(statSync(`${report}-messages.bin`).size > 0)
})

campaign.run()
