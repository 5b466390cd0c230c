// timeout: 900
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReadmeExample } from '../../../notifier/test/programs.ts'

const example = suite('example of the README')

const rules = new ReadmeExample(
  new URL('../../README.md', import.meta.url),
  new URL('../../examples/rules.ts', import.meta.url),
)

example('is the file that runs here', () => {
  assert.ok(rules.isShown)
})

example('prints what it says in the README', async () => {
  const lines = await rules.run([], (line) => {
    if (line.startsWith('synced')) {
      execFileSync('ip', ['rule', 'add', 'priority', '100', 'fwmark', '7', 'lookup', '5'])
      execFileSync('ip', ['rule', 'del', 'priority', '100'])
    }
    return line.startsWith('removed')
  })
  assert.equal(lines, rules.printed)
})

example.run()
