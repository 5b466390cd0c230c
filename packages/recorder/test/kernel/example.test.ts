import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const readme = suite('example of the README')
const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

readme('is the file that runs here', () => {
  const source = readFileSync(new URL('../../examples/record-and-replay.ts', import.meta.url), 'utf8')
  assert.ok(text.includes(`\`\`\`js\n${source}\`\`\`\n`))
})

readme('prints what it says in the README', async () => {
  const printed: string[] = []
  const { log } = console
  console.log = (...values: unknown[]) => printed.push(values.map(String).join(' '))
  try {
    await import('../../examples/record-and-replay.ts')
  } finally {
    console.log = log
  }
  assert.equal(printed, /```text\n([^`]+)```/.exec(text)?.[1]?.trimEnd().split('\n'))
})

readme.run()
