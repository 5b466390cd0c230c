import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cutBatch } from '../lib/test-batch-results.mjs'
import { describeTestFile, RUNTIMES, readTestFile } from '../lib/test-file.mjs'
import { inRows, jobsOn } from '../lib/test-jobs.mjs'
import { runTestBatch } from '../lib/test-process.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const fixture = (name: string) => join(here, 'fixtures', `${name}.test.ts`)
/** The text of a file with nothing wrong. */
const SOUND = "const sums = suite('sums')\nsums.run()\n"

const batches = suite('test runner: files that share a process')

const described = (path: string, head = '') => describeTestFile(path, head + SOUND)

batches('those of a package share one, up to a number of files, and others have one each', () => {
  const own = Array.from({ length: 25 }, (_, index) => described(`packages/x/test/${index}.test.ts`))
  const files = [
    ...own,
    described('packages/y/test/a.test.ts'),
    described('packages/x/test/kernel/a.test.ts'),
    described('packages/x/test/alone.test.ts', '// alone\n'),
  ]
  const jobs = jobsOn(files, 'deno')
  assert.ok(jobs.every(({ runtime }) => runtime === 'deno'))
  assert.equal(
    jobs.map((job) => job.files.length),
    [9, 8, 8, 1, 1, 1],
  )
  assert.equal(jobs.flatMap((job) => job.files.map(({ path }) => path)).sort(), files.map(({ path }) => path).sort())
})

batches('what may take long begins first, kernel tests before unit tests, and what shares something is one row', () => {
  const jobs = [
    described('packages/x/test/a.test.ts'),
    described('packages/x/test/short.test.ts', '// timeout: 20\n'),
    described('packages/x/test/kernel/a.test.ts'),
    described('packages/x/test/kernel/short.test.ts', '// timeout: 20\n'),
    described('packages/x/test/long.test.ts', '// timeout: 600\n'),
    described('packages/x/test/longer.test.ts', '// timeout: 900\n'),
    described('packages/x/test/one.test.ts', '// shares: all\n'),
    described('packages/x/test/two.test.ts', '// shares: all\n'),
  ].map((file) => ({ files: [file], runtime: 'node' as const }))
  const names = inRows(jobs).map((row) =>
    row.map(({ files }) => files[0]?.path.replace('packages/x/test/', '')).join(' '),
  )
  assert.equal(names, [
    'one.test.ts two.test.ts',
    'longer.test.ts',
    'long.test.ts',
    'kernel/a.test.ts',
    'kernel/short.test.ts',
    'a.test.ts',
    'short.test.ts',
  ])
})

const fixtures = (...names: string[]) => names.map((name) => readTestFile(root, relative(root, fixture(name))))

batches('each file is judged by itself, on every runtime', async () => {
  for (const runtime of RUNTIMES) {
    const files = fixtures('passing', 'failing', 'throwing-hook', 'everywhere')
    const results = await runTestBatch(files, runtime, { root, env: process.env, prefix: [] })
    assert.equal(
      results.map(({ passed, problems }) => [passed, problems]),
      [
        [2, []],
        [1, ['exit code 1', '1 of 2 tests failed']],
        [0, ['1 of 1 tests failed']],
        [1, []],
      ],
      runtime,
    )
    assert.match(results[1]?.output ?? '', 'sums  "wrong"')
    assert.ok(results.every(({ cpuSeconds, seconds }) => cpuSeconds > 0 && seconds > 0))
  }
})

batches('of files after one that ends the process there is no result, and the end is its own', async () => {
  const files = fixtures('passing', 'early-exit', 'everywhere')
  const results = await runTestBatch(files, 'node', { root, env: process.env, prefix: [] })
  assert.equal(
    results.map(({ problems }) => problems),
    [[], ['exit code 1', 'printed no summary of uvu']],
  )
})

batches('an end that no file told of is that of the last one', () => {
  const printed = '\nM begins\none\nM ends 0 12.5 1.5\nrest\n\nM begins\ntwo\nM ends 0 20 2\n'
  const runs = cutBatch(printed, 'M', 'died of SIGSEGV')
  assert.equal(runs, [
    { output: 'onerest\n', end: undefined, seconds: 0.0125, cpuSeconds: 0.0015 },
    { output: 'two', end: 'died of SIGSEGV', seconds: 0.02, cpuSeconds: 0.002 },
  ])
  assert.is(cutBatch('\nM begins\none', 'M', undefined)[0]?.end, 'the process ended before it')
  assert.equal(cutBatch('', 'M', 'exit code 1'), [])
})

batches.run()
