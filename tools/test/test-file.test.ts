import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installAdvice } from '../lib/prerequisites.mjs'
import { describeTestFile, describeWants, findTestFiles, missingWants, readTestFile } from '../lib/test-file.mjs'
import { judge } from '../lib/test-process.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const runner = join(here, '../test.mjs')
const fixture = (name: string) => join(here, 'fixtures', `${name}.test.ts`)

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
  assert.equal(runtimes('packages/nexthop/test/kernel/a.test.ts'), ['node'])
  assert.equal(runtimes('packages/nexthop/test/kernel/reconcile.test.ts'), ['node', 'deno', 'bun'])
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
