// timeout: 900
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { tries } from '@rtnl/compliance'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

// What else is named here is compiled with the test, too: '../../inside.ts', '../../follower.ts', '../../worker.ts'.
const program = fileURLToPath(new URL('../../main.ts', import.meta.url))

function soak(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...process.execArgv, program, ...words], { encoding: 'utf8' })
}

function figures(...words: string[]): Record<string, number> & { readonly problems: readonly string[] } {
  const { status, stdout, stderr } = soak(...words, '--json')
  assert.is(status, 0, `${stdout}${stderr}`)
  return JSON.parse(stdout)
}

const tests = suite('soak')

tests('a table in a storm that exceeds its limits goes on, tells of it, and is exact at the end', () => {
  const {
    looks = 0,
    overruns = 0,
    'resyncs told': told = 0,
    problems,
  } = figures('--storm', '--seconds', String(tries(10, 10)))
  assert.ok(looks > 0 && overruns > 0 && told > 0, `${looks} ${overruns} ${told}`)
  assert.equal(problems, [])
})

tests('tables and workers that come and go leave nothing', () => {
  const { workers = 0, problems } = figures('--workers', '--seconds', String(tries(10, 10)))
  assert.ok(workers > 0)
  assert.equal(problems, [])
})

tests('many namespaces at once hold what is desired, and a second run finds nothing to do', () => {
  const { namespaces, problems } = figures('--namespaces', String(tries(4, 2)))
  assert.is(namespaces, tries(4, 2))
  assert.equal(problems, [])
})

tests('wrong usage is told', () => {
  for (const [words, message] of [
    [['--seconds', '0'], /^soak: --seconds: "0" is not a whole number from 1 to /],
    [['--default-limits'], /^soak: --default-limits: is an option of --storm/],
    [['--namespaces', 'all'], /^soak: --namespaces: "all" is not a whole number from 1 to /],
    [['--what'], /^soak: Unknown option '--what'/],
  ] as const) {
    const { status, stderr } = soak(...words)
    assert.is(status, 2)
    assert.match(stderr, message)
  }
  assert.match(soak('--help').stdout, /^usage: pnpm soak /)
})

tests.run()
