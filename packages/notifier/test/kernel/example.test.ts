// timeout: 900
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReadmeExample } from '../programs.ts'

const example = suite('example of the README')

const listen = new ReadmeExample(
  new URL('../../README.md', import.meta.url),
  new URL('../../examples/listen.ts', import.meta.url),
)

example('is the file that runs here', () => {
  assert.ok(listen.isShown)
  assert.match(listen.readme, 'deno run --allow-ffi listen.mjs')
})

example('prints what it says in the README', async () => {
  const lines = await listen.run([], (line) => {
    if (line.startsWith('listening')) {
      execFileSync('ip', ['rule', 'add', 'priority', '100', 'fwmark', '7', 'lookup', '5'])
      execFileSync('ip', ['rule', 'del', 'priority', '100'])
    }
    return line.startsWith('deleted')
  })
  assert.equal(lines, listen.printed)
})

example.run()
