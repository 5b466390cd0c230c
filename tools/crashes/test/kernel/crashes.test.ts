import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const count = process.env.RTNL_TEST_DEEP === '1' ? '40' : '4'
// What else is named here is compiled with the test, too: '../../src/isolated.ts', '../../src/dying-child.ts'.
const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

function crashes(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...process.execArgv, program, ...words], { encoding: 'utf8' })
}

const tests = suite('crashes of the reconciler')

tests('a table that is killed at any request is made good by the next run', () => {
  const { status, stdout } = crashes('--count', count, '--seed', '7')
  assert.is(status, 0, stdout)
  assert.match(stdout, /^\d+ crashes at \d+ different requests, seed 7, \d+ s; problems: 0$/m)
})

tests('wrong usage is told', () => {
  for (const [words, message] of [
    [['--table', 'x'], /^crashes: --table: "x" is none of ipv4Routes, /],
    [['--count', '0'], /^crashes: --count: "0" is not a whole number from 1 to /],
    [['--seed', '1.5'], /^crashes: --seed: "1.5" is not a whole number from 0 to /],
    [['--what'], /^crashes: Unknown option '--what'/],
  ] as const) {
    const { status, stderr } = crashes(...words)
    assert.is(status, 2)
    assert.match(stderr, message)
  }
  assert.is(crashes('--help').status, 0)
})

tests.run()
