import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeNetns, play } from '../support/ip.ts'

const example = suite('example of the README')

const file = new URL('../../../../examples/watch-nexthops.ts', import.meta.url)
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The command of the README for this runtime, as words. */
function command(): string[] {
  if (!('Deno' in globalThis)) return [process.execPath, ...process.execArgv]
  const permissions = /deno run ((?:--allow-\S+ )+)/.exec(readme)?.[1]
  if (permissions === undefined) throw new Error('the README has no command for Deno')
  return [process.execPath, 'run', '--no-prompt', ...permissions.trim().split(' ')]
}

example('is the file that runs here', () => {
  assert.ok(readme.includes(`\`\`\`js\n${readFileSync(file, 'utf8')}\`\`\`\n`))
})

example('prints what it says in the README', async () => {
  const printed = /```text\n([^`]+)```/.exec(readme)?.[1]?.trimEnd().split('\n') ?? []
  await makeNetns('watched')
  await play('watched', ['nexthop add id 1 via 10.0.0.2 dev v0', 'nexthop add id 2 via 10.0.1.2 dev v1'])
  const [word = '', ...words] = [...command(), fileURLToPath(file), 'watched']
  const child = spawn(word, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line.trimEnd())
    if (line.startsWith('synced')) {
      await play('watched', [
        'nexthop add id 10 group 1,100/2,200',
        'nexthop replace id 1 via 10.0.0.9 dev v0',
        'link set v0 down',
      ])
    }
    if (line.startsWith('resync')) break
  }
  child.kill()
  await exited
  assert.equal(lines, printed)
})

example.run()
