import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { forbiddingSettings, isInChroot } from '../lib/namespace.mjs'
import { runPool } from '../lib/pool.mjs'
import { timeTables } from '../lib/test-times.mjs'

const here = dirname(fileURLToPath(import.meta.url))
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
