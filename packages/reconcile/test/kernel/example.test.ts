// timeout: 600
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReadmeExample } from '../../../notifier/test/programs.ts'

const example = suite('examples of the README')

const readme = new URL('../../README.md', import.meta.url)
const routes = new ReadmeExample(readme, new URL('../../../../examples/keep-routes.ts', import.meta.url))
const rules = new ReadmeExample(readme, new URL('../../examples/keep-rules.ts', import.meta.url))

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' })
}

example('the first one is the file that is tested beside routes', () => {
  assert.ok(routes.isShown)
})

example('the second one prints what it says in the README, and heals', async () => {
  const before = ip('rule')
  const { printed } = rules
  let count = 0
  const lines = await rules.run([], (line) => {
    if (line.endsWith('is kept')) ip('rule', 'del', 'priority', '100')
    if (++count < printed.length) return false
    assert.match(ip('rule'), /^100:\s+from all fwmark 0x7 lookup 6 proto 84/m)
    return true
  })
  assert.equal(lines, printed)
  ip('rule', 'del', 'priority', '100')
  assert.is(ip('rule'), before)
})

example.run()
