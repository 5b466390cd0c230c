import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inNetns, play } from '../support/netns.ts'

const example = suite('example of the README')

const file = new URL('../../examples/watch-vnis.ts', import.meta.url)
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

const setup = [
  'ip link add vx0 type vxlan dstport 4789 nolearning external vnifilter',
  'bridge vni add vni 100-101 dev vx0',
]

example('prints what it says in the README, after the commands in it', () =>
  inNetns(setup, async (netns) => {
    const printed = /```text\n([^`]+)```/.exec(readme)?.[1]?.trimEnd().split('\n') ?? []
    const steps = [...readme.matchAll(/`(bridge vni (?:add|delete)[^`]+)`/g)].map(([, step = '']) => step)
    assert.is(steps.length, 3)
    const [word = '', ...words] = [...command(), fileURLToPath(file), 'vx0', netns]
    const child = spawn(word, words, { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const lines: string[] = []
    for await (const line of createInterface(child.stdout)) {
      lines.push(line.trimEnd())
      if (line.includes('VNIs of')) play(netns, steps.slice(0, 1))
      // Changes that come together are one: 201 would never have been without a remote.
      if (line.startsWith('added 202')) play(netns, steps.slice(1))
      if (lines.length === printed.length) break
    }
    child.kill()
    await exited
    assert.equal(lines, printed)
  }),
)

example.run()
