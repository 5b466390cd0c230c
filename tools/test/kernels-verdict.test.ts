import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FEATURES } from '../kernels/features.mjs'
import { NEEDS } from '../kernels/needs.mjs'
import { jobsOf, suiteNames } from '../kernels/suites.mjs'
import { judgeReport, withoutWants } from '../kernels/verdict.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const kernels = suite('kernels: what came of a test file')

const path = 'packages/route/test/kernel/some.test.ts'
const file = { path, isTest: true }
const unmet = [{ feature: 'resilient groups', path, tests: ['buckets'] }]

/** What uvu prints of a file with tests of which some fail. */
function printed(total: number, ...failed: string[]): string {
  const told = failed.map((name) => `   FAIL  some suite  "${name}"\n    Expected values to be deeply equal:\n`)
  return `some suite  • ✘ (${total - failed.length} / ${total})\n${told.join('\n')}
  Total:     ${total}
  Passed:    ${total - failed.length}
  Skipped:   0
  Duration:  5.51ms
`
}

/** The verdict, without how long it took. */
function judged(job: typeof file, report: { end?: string; output: string }, lacks: typeof unmet = unmet) {
  const { seconds, ...verdict } = judgeReport(job, { ...report, seconds: 5 }, lacks)
  assert.is(seconds, 5)
  return verdict
}

kernels('tests that pass are counted', () => {
  assert.equal(judged(file, { output: printed(3) }), { passed: 3, failed: [], inapplicable: [] })
})

kernels('a test that fails because of what the kernel lacks is told apart from one that fails', () => {
  const output = printed(3, 'buckets', 'others')
  assert.equal(judged(file, { end: 'exit code 1', output }), {
    passed: 1,
    failed: ['others'],
    inapplicable: [{ test: 'buckets', why: 'the kernel lacks resilient groups' }],
  })
  assert.equal(judged(file, { end: 'exit code 1', output }, []).failed, ['buckets', 'others'])
  const elsewhere = { ...file, path: 'packages/route/test/kernel/other.test.ts' }
  assert.equal(judged(elsewhere, { end: 'exit code 1', output }).failed, ['buckets', 'others'])
})

kernels('a file that was ended, died, or prints no summary fails, and says how', () => {
  const end = 'timed out after 600 s and was killed'
  assert.equal(judged(file, { end, output: 'some suite  • •' }).failed, [end, 'printed no summary of uvu'])
  assert.equal(judged(file, { end: 'died of SIGSEGV', output: printed(2) }).failed, ['died of SIGSEGV'])
  const died = { end: 'died of SIGSEGV', output: printed(2, 'buckets') }
  assert.equal(judged(file, died).failed, ['died of SIGSEGV'], 'also where a test is excused')
  // A hook of uvu that throws ends the suite with exit code 0, and the failures have no test's name.
  assert.is(judged(file, { output: printed(2).replace('Passed:    2', 'Passed:    0') }).failed.length, 1)
})

kernels('of another program the exit code counts', () => {
  const program = { path: 'tools/campaign/main.ts', isTest: false }
  assert.equal(judged(program, { output: '' }, []), { passed: 1, failed: [], inapplicable: [] })
  assert.equal(judged(program, { end: 'exit code 1', output: '' }, []).failed, ['exit code 1'])
})

kernels('a file says what it wants of the machine, and is not applicable without', () => {
  const frr = jobsOf(root, 'evpn', { slow: false, tests: ['frr.test'] })
  assert.equal(
    frr.map(({ path, wants }) => [path, wants]),
    [['packages/evpn/test/kernel/frr.test.ts', ['root', '/usr/lib/frr/bgpd', 'ping']]],
  )
  assert.equal(withoutWants(['/usr/lib/frr/bgpd', 'no-such-command']), {
    passed: 0,
    failed: [],
    inapplicable: [{ why: 'the machine lacks /usr/lib/frr/bgpd (install the package "frr") and no-such-command' }],
    seconds: 0,
  })
})

kernels('what is run by default is a part of what --slow runs', () => {
  const pathsOf = (slow: boolean) =>
    suiteNames(root).flatMap((name) => jobsOf(root, name, { slow, tests: [] }).map((job) => job.path))
  const all = pathsOf(true)
  const few = pathsOf(false)
  assert.ok(few.length < all.length / 2, `${few.length} of ${all.length}`)
  for (const one of [...few, 'tools/campaign/main.ts']) assert.ok(all.includes(one), one)
  for (const name of ['nexthop', 'route', 'neighbor', 'rule', 'address', 'link', 'bridge'])
    assert.ok(
      few.some((one) => one.startsWith(`packages/${name}/test/kernel/`)),
      name,
    )
})

kernels('needs name features that are probed, and tests that there are', () => {
  for (const { feature, path, tests = [] } of NEEDS) {
    assert.ok(
      FEATURES.some(({ name }) => name === feature),
      feature,
    )
    assert.ok(existsSync(join(root, path)), path)
    const scenarios = join(root, dirname(dirname(path)), 'support/scenarios.ts')
    const sources = [join(root, path), scenarios].filter((source) => existsSync(source))
    const text = sources.map((source) => readFileSync(source, 'utf8')).join('\n')
    for (const name of tests)
      assert.ok(text.includes(`'${name}'`) || text.includes(`\n  ${name}: [`), `${path}: ${name}`)
  }
})

kernels.run()
