// timeout: 900
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const example = suite('example of the README')

const file = new URL('../../examples/listen.ts', import.meta.url)
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

const command =
  'Deno' in globalThis
    ? [process.execPath, 'run', '--no-prompt', '--allow-ffi']
    : [process.execPath, ...process.execArgv]

example('is the file that runs here', () => {
  assert.ok(readme.includes(`\`\`\`js\n${readFileSync(file, 'utf8')}\`\`\`\n`))
  assert.match(readme, 'deno run --allow-ffi listen.mjs')
})

example('prints what it says in the README', async () => {
  const printed = /```text\n([^`]+)```/.exec(readme)?.[1]?.trimEnd().split('\n') ?? []
  const [word = '', ...words] = [...command, fileURLToPath(file)]
  const child = spawn(word, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (line.startsWith('listening')) {
      execFileSync('ip', ['rule', 'add', 'priority', '100', 'fwmark', '7', 'lookup', '5'])
      execFileSync('ip', ['rule', 'del', 'priority', '100'])
    }
    if (line.startsWith('deleted')) break
  }
  child.kill()
  await exited
  assert.equal(lines, printed)
})

example.run()
