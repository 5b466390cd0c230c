// timeout: 600
// runtimes: node
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tries } from '@rtnl/compliance'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hunt } from '../../hunt.ts'
import { parseOptions } from '../../options.ts'

// A program that is named here is compiled with the test: '../../follower.ts'.
const campaign = suite('campaign')
let folder = ''

campaign.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtnl-campaign-'))
})
campaign.after(() => rmSync(folder, { recursive: true, force: true }))

campaign('tables show what the kernel has while everything changes', async () => {
  const { figures, differences } = await hunt(parseOptions(['--seconds', String(tries(20, 12)), '--seed', '1']), folder)
  assert.equal(differences, [])
  assert.ok(figures.checkpoints > 0)
  assert.ok(figures.changes > 100)
  for (const domain of ['links', 'nexthops']) assert.ok((figures.operations[domain]?.accepted ?? 0) > 0, domain)
})

campaign('a table without the rule of a silence is found out, and with few operations', async () => {
  // The kernel removes the objects of a link that goes down, and announces the link alone.
  const without = ['--scenario', 'nexthops', '--without', 'nexthop:link']
  const options = parseOptions(['--seconds', '60', '--seed', '1', '--shrink-seconds', '2', ...without])
  const { differences, operations, shrunk, folder: report } = await hunt(options, folder)
  assert.ok(differences.some(({ table, between }) => table === 'nexthop' && between === 'table and dump'))
  // One part is left out at least, however little time there is.
  assert.ok(shrunk !== undefined && shrunk.length < operations.length, `${shrunk?.length} of ${operations.length}`)
  const test = readFileSync(join(report, 'sequence.test.ts'), 'utf8')
  for (const { line } of shrunk) assert.ok(test.includes(JSON.stringify(line)))
  assert.ok(statSync(`${report}-messages.bin`).size > 0)
})

campaign('what is derived for EVPN is what is derived anew, also when messages are lost', async () => {
  const operations = tries(1000)
  for (const loss of [[], ['--rcvbuf', '4096']]) {
    const words = [
      '--scenario',
      'evpn',
      '--operations',
      String(operations),
      '--seed',
      '1',
      '--shrink-seconds',
      '10',
      ...loss,
    ]
    const { figures, differences } = await hunt(parseOptions(words), folder)
    assert.equal(differences, [])
    const { accepted = 0, refused = 0 } = figures.operations.evpn ?? {}
    assert.ok(accepted > 10, `${accepted} accepted, ${refused} refused`)
    assert.is(
      Object.values(figures.operations).reduce((sum, taken) => sum + taken.accepted + taken.refused, 0),
      operations,
    )
  }
})

campaign('options that do not fit are refused', () => {
  assert.throws(() => parseOptions(['--operations', '5', '--seconds', '5']), /--operations: give it or --seconds/)
  assert.throws(() => parseOptions(['--operations', '0']), /--operations: "0" is no whole number of 1 or more/)
})

campaign.run()
