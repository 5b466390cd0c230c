import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inNetns, play, show, until } from '../support/netns.ts'

const examples = suite('examples that keep forwarding entries')

function remotes(netns: string): string[] {
  return show<{ mac: string; dst?: string }>('bridge', netns, 'fdb show dev vx0')
    .map(({ mac, dst }) => `${mac} ${dst}`)
    .sort()
}

examples('keep-fdb puts entries in, and puts one back', () =>
  inNetns(async (netns) => {
    const file = fileURLToPath(new URL('../../../../examples/keep-fdb.ts', import.meta.url))
    const before = 'Deno' in globalThis ? ['run', '--no-prompt', '-A'] : process.execArgv
    const child = spawn(process.execPath, [...before, file, 'vx0', netns], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const expected = ['00:00:00:00:00:00 10.0.0.2', '02:00:00:00:aa:01 10.0.0.2']
    const lines: string[] = []
    for await (const line of createInterface(child.stdout)) {
      lines.push(line)
      assert.equal(remotes(netns), expected)
      await play(netns, ['fdb del 02:00:00:00:aa:01 dev vx0 self'])
      await until('the entry is back', () => remotes(netns).join() === expected.join())
      break
    }
    child.kill()
    await exited
    assert.equal(lines, ['2 entries of vx0 are kept'])
  }),
)

examples.run()
