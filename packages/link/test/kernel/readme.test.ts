import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const readme = suite('example of the README')
const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

readme('is the file that runs here', () => {
  const source = readFileSync(new URL('../../examples/list-links.ts', import.meta.url), 'utf8')
  assert.ok(text.includes(`\`\`\`js\n${source}\`\`\`\n`))
})

readme('prints what it says in the README', async () => {
  const commands = [
    'link set lo up',
    'link add v0 type veth peer name v1',
    'link add br0 type bridge',
    'link set v0 master br0',
    ...['v0', 'v1', 'br0'].map((name) => `link set ${name} up`),
  ]
  for (const command of commands) execFileSync('ip', command.split(' '))
  // The carrier of a bridge follows its ports within a second.
  const started = Date.now()
  while (!execFileSync('ip', ['link', 'show', 'br0'], { encoding: 'utf8' }).includes('LOWER_UP')) {
    assert.ok(Date.now() - started < 20_000, 'br0 has no carrier')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const printed: string[] = []
  const { log } = console
  console.log = (...values: unknown[]) => printed.push(values.map(String).join(' '))
  try {
    await import('../../examples/list-links.ts')
  } finally {
    console.log = log
  }
  assert.equal(printed, /```text\n([^`]+)```/.exec(text)?.[1]?.trimEnd().split('\n'))
})

readme.run()
