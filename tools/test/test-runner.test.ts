import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { forbiddingSettings, isInChroot } from '../lib/namespace.mjs'
import { runPool } from '../lib/pool.mjs'
import { installAdvice } from '../lib/prerequisites.mjs'
import { cutBatch } from '../lib/test-batch-results.mjs'
import {
  describeTestFile,
  describeWants,
  findTestFiles,
  missingWants,
  RUNTIMES,
  readTestFile,
} from '../lib/test-file.mjs'
import { inRows, jobsOn } from '../lib/test-jobs.mjs'
import { judge, runTestBatch } from '../lib/test-process.mjs'
import { timeTables } from '../lib/test-times.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const runner = join(here, '../test.mjs')
const fixture = (name: string) => join(here, 'fixtures', `${name}.test.ts`)

function runFixtures(...names: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [runner, ...names.map(fixture)], { encoding: 'utf8' })
  return { status, stdout, stderr, lastLine: stdout.trimEnd().split('\n').at(-1) }
}

/** The number of the child that a fixture tells of. */
function childIn(output: string): string {
  const pid = /^.*child (\d+)$/m.exec(output)?.[1]
  assert.ok(pid, output)
  return pid ?? ''
}

/** Whether a process still runs; one that has ended and waits to be reaped does not. */
function isRunning(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** One that was killed runs on for a moment. */
async function assertEnds(pid: string): Promise<void> {
  const end = performance.now() + 30_000
  while (isRunning(pid) && performance.now() < end) await delay(5)
  assert.not(isRunning(pid))
}

const files = suite('test runner: files')

files('counts what passes and exits 0', () => {
  const { status, stdout, lastLine } = runFixtures('passing')
  assert.is(status, 0, stdout)
  assert.match(stdout, /^ok {4}node {2}tools\/test\/fixtures\/passing\.test\.ts {2}2 tests/m)
  assert.is(lastLine, '2 passed, 0 failed')
})

files('says after many files how long each part took, and which files took longest', () => {
  const timed = [
    { path: 'packages/a/test/kernel/x.test.ts', runtime: 'node', passed: 2, seconds: 1.25, cpuSeconds: 0.5 },
    { path: 'packages/a/test/y.test.ts', runtime: 'deno', passed: 1, seconds: 2, cpuSeconds: 2.25 },
    { path: 'tools/test/z.test.ts', runtime: 'node', passed: 4, seconds: 0.5, cpuSeconds: 0.25 },
  ] as const
  assert.equal(
    timeTables(timed).map((row) => row.join(' ')),
    [
      'seconds of tests node deno bun processors: node processors: deno processors: bun',
      'packages/a 3 1.3 2.0 0.0 0.5 2.3 0.0',
      'tools 4 0.5 0.0 0.0 0.3 0.0 0.0',
      'all 7 1.8 2.0 0.0 0.8 2.3 0.0',
      '',
      'slowest files runtime seconds of processors',
      'packages/a/test/y.test.ts deno 2.0 2.3',
      'packages/a/test/kernel/x.test.ts node 1.3 0.5',
      'tools/test/z.test.ts node 0.5 0.3',
    ],
  )
})

files('shows the output of a file that fails, and goes on with the others', () => {
  const { status, stdout, lastLine } = runFixtures('failing', 'passing')
  assert.is(status, 1)
  assert.match(stdout, /^FAIL {2}node {2}tools\/test\/fixtures\/failing\.test\.ts: exit code 1, 1 of 2 tests failed$/m)
  assert.match(stdout, /FAIL {2}sums {2}"wrong"/)
  // The place is the one in the file, not in what was compiled from it.
  const text = readFileSync(fixture('failing'), 'utf8')
  const line = text.slice(0, text.indexOf('assert.is(1 + 1, 3)')).split('\n').length
  assert.match(stdout, new RegExp(`fixtures/failing\\.test\\.ts:${line}:\\d+`))
  assert.is(lastLine, '3 passed, 1 failed')
})

files('refuses a suite that is never run', () => {
  const { status, stdout, lastLine } = runFixtures('forgotten-run')
  assert.is(status, 1)
  assert.match(stdout, /forgotten-run\.test\.ts: second\.run\(\) is missing/)
  assert.is(lastLine, '0 passed, 1 failed')
})

files('ends a file that hangs, with its children', async () => {
  const { status, stdout, lastLine } = runFixtures('hanging')
  assert.is(status, 1)
  assert.match(stdout, /hanging\.test\.ts: timed out after 15 s and was killed/)
  await assertEnds(childIn(stdout))
  assert.is(lastLine, '0 passed, 1 failed')
})

files('fails a file whose `before` hook throws, which uvu ends with exit code 0', () => {
  const { status, stdout, lastLine } = runFixtures('throwing-hook')
  assert.is(status, 1)
  assert.match(stdout, /throwing-hook\.test\.ts: 1 of 1 tests failed/)
  assert.is(lastLine, '0 passed, 1 failed')
})

files('fails a file that ends before its summary, and one without tests', () => {
  const { status, stdout, lastLine } = runFixtures('early-exit', 'no-tests')
  assert.is(status, 1)
  assert.match(stdout, /early-exit\.test\.ts: .*printed no summary/)
  assert.match(stdout, /no-tests\.test\.ts: ran no test/)
  assert.is(lastLine, '0 passed, 2 failed')
})

files('sweeps away what a file leaves behind, without waiting for it', async () => {
  const started = Date.now()
  const { stdout } = runFixtures('left-behind')
  await assertEnds(childIn(stdout))
  // By itself it would end after 1000 s.
  assert.ok(Date.now() - started < 200_000)
})

files('runs files that share something one after the other', () => {
  const { status, stdout } = runFixtures('sharing-first', 'sharing-second')
  assert.is(status, 0, stdout)
})

files('says so where no file fits, and exits 1', () => {
  const { status, stderr } = spawnSync(process.execPath, [runner, 'no-such-part-of-a-path'], { encoding: 'utf8' })
  assert.is(status, 1)
  assert.match(stderr, /no test was chosen/)
})

files('ends its tests when it is told to end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-'))
  const file = join(folder, 'child')
  const env = { ...process.env, RTNL_TEST_CHILD: file }
  const child = spawn(process.execPath, [runner, fixture('endless')], { stdio: 'ignore', env })
  const exited = once(child, 'exit')
  const told = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  while (told() === '' && child.exitCode === null && child.signalCode === null) await delay(5)
  child.kill('SIGTERM')
  assert.equal(await exited, [143, null])
  await assertEnds(told())
  rmSync(folder, { recursive: true })
})

files.run()

const pool = suite('test runner: pool')

/** Runs jobs that last until as many run as may; tells how many ran at a time at most, and which, in the order they began. */
async function runCounted(jobs: readonly number[], limits: { least: number; most: number }, idle: number) {
  const begun: number[] = []
  let running = 0
  let atATime = 0
  const run = async (job: number): Promise<void> => {
    begun.push(job)
    running += 1
    atATime = Math.max(atATime, running)
    for (let turn = 0; turn < 100; turn += 1) await delay(0)
    running -= 1
  }
  await runPool(jobs, limits, run, () => delay(0, idle))
  return { begun, atATime, running }
}

const numbers = Array.from({ length: 20 }, (_, index) => index)

pool('runs all jobs in their order, and no more at a time than it may', async () => {
  assert.equal(await runCounted(numbers, { least: 2, most: 2 }, 8), { begun: numbers, atATime: 2, running: 0 })
})

pool('runs more of them while processors are idle', async () => {
  assert.equal(await runCounted(numbers, { least: 2, most: 5 }, 1), { begun: numbers, atATime: 5, running: 0 })
  assert.equal(await runCounted(numbers, { least: 2, most: 5 }, 0), { begun: numbers, atATime: 2, running: 0 })
})

pool('ends at once without jobs', async () => {
  assert.equal(await runCounted([], { least: 2, most: 5 }, 1), { begun: [], atATime: 0, running: 0 })
})

pool.run()

const directives = suite('test runner: directives')

const SOUND = "const sums = suite('sums')\nsums.run()\n"

directives('defaults by place', () => {
  assert.equal(describeTestFile('packages/x/test/a.test.ts', SOUND), {
    path: 'packages/x/test/a.test.ts',
    kernel: false,
    serial: false,
    shares: undefined,
    alone: false,
    timeout: 300,
    runtimes: ['node', 'deno', 'bun'],
    able: ['node', 'deno', 'bun'],
    wants: [],
    problems: [],
  })
  const runtimes = (path: string) => describeTestFile(path, SOUND).runtimes
  assert.equal(runtimes('packages/netlink-core/test/kernel/a.test.ts'), ['node', 'deno'])
  assert.equal(runtimes('packages/nexthop/test/kernel/a.test.ts'), ['node', 'deno', 'bun'])
  assert.equal(runtimes('tools/test/a.test.ts'), ['node'])
})

directives(
  'kernel tests that do not depend on the runtime run on others only if they prove their package, or name them',
  () => {
    const described = describeTestFile('packages/x/test/kernel/a.test.ts', SOUND)
    assert.equal([described.runtimes, described.able], [['node'], ['node', 'deno']])
    const runtimes = (path: string, head = '') => describeTestFile(path, head + SOUND).runtimes
    assert.equal(runtimes('packages/x/test/kernel/compliance.test.ts'), ['node', 'deno'])
    assert.equal(runtimes('packages/x/test/kernel/fields-compliance.test.ts'), ['node'])
    assert.equal(runtimes('packages/x/test/kernel/a.test.ts', '// runtimes: node bun\n'), ['node', 'bun'])
    for (const name of readdirSync(join(here, '../../packages')))
      if (existsSync(join(here, '../../packages', name, 'test/kernel')) && name !== 'fake-kernel')
        assert.ok(
          findTestFiles(root).some(
            (path) =>
              path.startsWith(`packages/${name}/test/kernel/`) && readTestFile(root, path).runtimes.includes('deno'),
          ),
          `${name} has a kernel test that runs on Deno`,
        )
  },
)

directives('--runtime chooses among all that a file can run on', () => {
  const run = (list: string) =>
    spawnSync(process.execPath, [runner, '--runtime', list, fixture('everywhere')], { encoding: 'utf8' })
  assert.match(run('deno').stdout, /^ok {4}deno {2}tools\/test\/fixtures\/everywhere\.test\.ts/m)
  assert.is(run('all').stdout.trimEnd().split('\n').at(-1), '3 passed, 0 failed')
  assert.match(run('dino').stderr, /"dino" is none of node, deno, bun, all/)
})

directives('a process of its own for what is no plain unit test of a package', () => {
  const isAlone = (path: string, head = '') => describeTestFile(path, head + SOUND).alone
  assert.not(isAlone('packages/x/test/a.test.ts', '// runtimes: node\n'))
  for (const head of ['// alone\n', '// timeout: 20\n', '// serial\n', '// shares: all\n', '// wants: ping\n'])
    assert.ok(isAlone('packages/x/test/a.test.ts', head), head)
  assert.ok(isAlone('packages/x/test/kernel/a.test.ts'))
  assert.ok(isAlone('tools/test/a.test.ts'))
})

directives('are read from the first lines only', () => {
  const head = '// timeout: 300\n// runtimes: deno node\n// serial: measures time\n'
  const described = describeTestFile('packages/x/test/a.test.ts', head + SOUND)
  assert.is(described.timeout, 300)
  assert.equal(described.runtimes, ['node', 'deno'])
  assert.ok(described.serial)
  assert.is(describeTestFile('packages/x/test/a.test.ts', '\n'.repeat(10) + head + SOUND).timeout, 300)
})

directives('what a file wants of the machine', () => {
  const described = describeTestFile('packages/x/test/a.test.ts', `// wants: root ./tool sh nowhere\n${SOUND}`)
  assert.equal(described.wants, ['root', './tool', 'sh', 'nowhere'])
  assert.equal(missingWants(described, { path: '/usr/bin:/bin', isRoot: false }), ['root', './tool', 'nowhere'])
  assert.equal(missingWants(described, { path: '/nowhere', isRoot: true }), ['./tool', 'sh', 'nowhere'])
})

directives('what is missing is told with the package that has it', () => {
  assert.is(
    describeWants(['/usr/lib/frr/bgpd', 'ping', 'root', 'constructor']),
    '/usr/lib/frr/bgpd (install the package "frr") and ping (install the package "iputils-ping") and root and constructor',
  )
  const env = { ...process.env, PATH: '/nonexistent', CI: '' }
  const { stdout } = spawnSync(process.execPath, [runner, fixture('wanting')], { encoding: 'utf8', env })
  assert.match(
    stdout,
    /^left out {2}tools\/test\/fixtures\/wanting\.test\.ts: wants ping \(install the package "iputils-ping"\)$/m,
  )
})

directives('what the files want, and this machine may lack, has a known package', () => {
  const wants = findTestFiles(root).flatMap((path) => readTestFile(root, path).wants)
  const unknown = wants.filter((name) => name !== 'root' && installAdvice(name) === '')
  assert.equal(unknown, [])
})

directives('an unknown runtime is a problem', () => {
  const described = describeTestFile('packages/x/test/a.test.ts', `// runtimes: node dino\n${SOUND}`)
  assert.equal(described.problems, ['names the unknown runtime "dino"'])
})

directives('tests left out are a problem', () => {
  const problems = (source: string) => describeTestFile('packages/x/test/a.test.ts', source).problems
  assert.equal(problems(`${SOUND}sums.only('a', f)`), ['sums.only() leaves tests out'])
  assert.equal(problems(`${SOUND}sums.skip('a', f)`), ['sums.skip() leaves tests out'])
  assert.equal(problems("import { test } from 'uvu'\ntest('a', f)"), ['test.run() is missing'])
  assert.equal(problems('console.log(1)'), ['makes no uvu suite'])
})

directives.run()

const judgement = suite('test runner: judgement')

const summary = (total: number, passed: number, skipped: number) =>
  `\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1.00ms\n\n`

judgement('takes a clean summary', () => {
  assert.equal(judge(summary(3, 3, 0), undefined), { passed: 3, failed: 0, problems: [] })
})

judgement('fails a crash after a clean summary', () => {
  assert.equal(judge(summary(3, 3, 0), 'died of SIGSEGV'), { passed: 3, failed: 1, problems: ['died of SIGSEGV'] })
})

judgement('fails skipped tests and suites that ran twice', () => {
  assert.equal(judge(summary(3, 3, 1), undefined).problems, ['skipped 1 tests'])
  assert.equal(judge(summary(3, 3, 0) + summary(3, 3, 0), undefined).problems, ['ran its suites more than once'])
})

judgement.run()

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

const refusal = suite('test runner: namespaces refused')

refusal('names the setting at fault and the way out', () => {
  const settings: Record<string, string> = {
    'user.max_user_namespaces': '0',
    'kernel.apparmor_restrict_unprivileged_userns': '1',
  }
  assert.equal(
    forbiddingSettings((name) => settings[name]),
    [
      'user.max_user_namespaces is 0; as root: sysctl -w user.max_user_namespaces=10000',
      'kernel.apparmor_restrict_unprivileged_userns is 1; as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    ],
  )
})

refusal('tells a chroot by its mounts, of which none is at the root', () => {
  // /proc/self/mountinfo on Debian 12, outside and inside a chroot that `mount --rbind` filled.
  assert.not(
    isInChroot('27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n22 27 0:21 / /proc rw,relatime - proc proc rw\n'),
  )
  assert.ok(isInChroot('65 44 254:0 /usr /usr rw,relatime - ext4 /dev/vda rw\n'))
})

refusal.run()
