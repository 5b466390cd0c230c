import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const example = suite('example of the README')

const source = readFileSync(new URL('../examples/vec-utils.ts', import.meta.url), 'utf8')

example('is the file that runs here', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  assert.ok(readme.includes(`\`\`\`js\n${source}\`\`\`\n`))
})

example('prints what its comments say', async () => {
  const printed: string[] = []
  const { log } = console
  console.log = (...values: unknown[]) => printed.push(values.map(String).join(' '))
  try {
    await import('../examples/vec-utils.ts')
  } finally {
    console.log = log
  }
  assert.equal(printed, [
    '1',
    'undefined',
    '2 4 24',
    'RangeError: id must be an integer from 0 to 4294967295 (u32), got 4294967296',
    'second',
    'third',
    'first',
  ])
})

example.run()
