import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inNetns, play } from '../support/netns.ts'

const example = suite('example of the README')

const file = new URL('../../examples/watch-neighbors.ts', import.meta.url)
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** What runs a file on this runtime, as words; on Deno with the permissions that the README names. */
function command(): string[] {
  if (!('Deno' in globalThis)) return [process.execPath, ...process.execArgv]
  const permissions = /Deno needs `([^`]+)`/.exec(readme)?.[1]
  if (permissions === undefined) throw new Error('the README does not say what Deno needs')
  return [process.execPath, 'run', '--no-prompt', ...permissions.split(' ')]
}

example('is the file that runs here', () => {
  assert.ok(readme.includes(`\`\`\`js\n${readFileSync(file, 'utf8')}\`\`\`\n`))
})

example('prints what it says in the README, after the commands in it', () =>
  inNetns(async (netns) => {
    const printed = /```text\n([^`]+)```/.exec(readme)?.[1]?.trimEnd().split('\n') ?? []
    const [told = ''] = /With one neighbour[^:]+(?::[^:]+)*?prints:/.exec(readme) ?? []
    const steps = [...told.matchAll(/`ip ([^`]+)`/g)].map(([, step = '']) => step)
    assert.is(steps.length, 3)
    await play(netns, ['neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0 nud permanent'])
    const [word = '', ...words] = [...command(), fileURLToPath(file), 'v0', netns]
    const child = spawn(word, words, { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const lines: string[] = []
    for await (const line of createInterface(child.stdout)) {
      lines.push(line.trimEnd())
      if (line.includes('neighbours of')) await play(netns, steps)
      if (lines.length === printed.length) break
    }
    child.kill()
    await exited
    assert.equal([...lines.slice(0, 4), ...lines.slice(4).sort()], printed)
  }),
)

example.run()
