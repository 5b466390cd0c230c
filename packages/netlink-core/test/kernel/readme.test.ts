import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const readme = suite('example of the README')

readme('is the file that runs here', () => {
  const source = readFileSync(new URL('../../examples/addresses.ts', import.meta.url), 'utf8')
  const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  assert.ok(text.includes(`\`\`\`js\n${source}\`\`\`\n`))
})

readme('prints the addresses of the namespace', async () => {
  const printed: string[] = []
  const { log } = console
  console.log = (...values: unknown[]) => printed.push(values.map(String).join(' '))
  try {
    await import('../../examples/addresses.ts')
  } finally {
    console.log = log
  }
  assert.ok(printed.includes('lo 127.0.0.1/8'), printed.join('\n'))
})

readme.run()
