// timeout: 600
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const example = suite('examples of the README')

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The command of the README for this runtime, as words. */
function command(): string[] {
  if (!('Deno' in globalThis)) return [process.execPath, ...process.execArgv]
  const permissions = /deno run ((?:--allow-\S+ )+)/.exec(readme)?.[1]
  if (permissions === undefined) throw new Error('the README has no command for Deno')
  return [process.execPath, 'run', '--no-prompt', ...permissions.trim().split(' ')]
}

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' })
}

example('the first one is the file that is tested beside routes', () => {
  const file = new URL('../../../../examples/keep-routes.ts', import.meta.url)
  assert.ok(readme.includes(`\`\`\`js\n${readFileSync(file, 'utf8')}\`\`\`\n`))
})

example('the second one prints what it says in the README, and heals', async () => {
  const printed = /```text\n([^`]+)```/.exec(readme)?.[1]?.trimEnd().split('\n') ?? []
  const before = ip('rule')
  const file = fileURLToPath(new URL('../../examples/keep-rules.ts', import.meta.url))
  const [word = '', ...words] = [...command(), file]
  const child = spawn(word, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (line.endsWith('is kept')) ip('rule', 'del', 'priority', '100')
    if (lines.length === printed.length) break
  }
  assert.match(ip('rule'), /^100:\s+from all fwmark 0x7 lookup 6 proto 84/m)
  child.kill()
  await exited
  assert.equal(lines, printed)
  ip('rule', 'del', 'priority', '100')
  assert.is(ip('rule'), before)
})

example.run()
