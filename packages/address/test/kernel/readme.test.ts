import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const readme = suite('example of the README')
const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

readme('is the file that runs here', () => {
  const source = readFileSync(new URL('../../examples/list-addresses.ts', import.meta.url), 'utf8')
  assert.ok(text.includes(`\`\`\`js\n${source}\`\`\`\n`))
})

readme('prints what it says in the README', async () => {
  const commands = [
    'link set lo up',
    'link add v0 type veth peer name p0',
    'link set v0 addrgenmode none',
    'addr add 10.0.0.1/24 dev v0',
    'addr add fd00::1/64 dev v0 nodad',
  ]
  for (const command of commands) execFileSync('ip', command.split(' '))
  const printed: string[] = []
  const { log } = console
  console.log = (...values: unknown[]) => printed.push(values.map(String).join(' '))
  try {
    await import('../../examples/list-addresses.ts')
  } finally {
    console.log = log
  }
  assert.equal(printed, /```text\n([^`]+)```/.exec(text)?.[1]?.trimEnd().split('\n'))
})

readme.run()
