// timeout: 600
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tries } from '@rtnl/compliance'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle } from '../bundle.ts'
import { defects } from '../defects.ts'
import { type Options, parseOptions } from '../options.ts'
import { type Runtime, runSchedules } from '../processes.ts'
import { replaceIn } from '../replace.ts'
import type { Report } from '../report.ts'

const schedules = suite('schedules')

const program = fileURLToPath(new URL('../main.ts', import.meta.url))
const others: readonly Runtime[] = ['deno', 'bun']
/** Seeds of their own, so that each runtime adds to what is tried. */
const parts = {
  node: { first: 1, count: tries(2000, 8) },
  deno: { first: 10_001, count: tries(800, 10) },
  bun: { first: 20_001, count: tries(800, 10) },
}

let folder: string
let module: string
schedules.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rtnl-schedules-'))
  module = join(folder, 'schedules.mjs')
  await bundle(module)
})
schedules.after(() => rmSync(folder, { recursive: true, force: true }))

/** Fails with what is wrong with a schedule, and how to run it again. */
function refuse(report: Report): void {
  if (report.kind === 'problem') throw new Error(`${report.problem}: pnpm schedules --seed ${report.seed} --count 1`)
}

schedules('the same seeds give the same steps, whenever and wherever they run', async () => {
  const range = { first: 5000, count: tries(200, 10) }
  const { traces, steps } = await runSchedules(module, range, refuse)
  assert.ok(steps > 1000)
  assert.is((await runSchedules(module, range, refuse)).traces, traces)
  for (const runtime of others)
    assert.is((await runSchedules(module, range, refuse, { runtime })).traces, traces, runtime)
  assert.is.not((await runSchedules(module, { ...range, first: 6000 }, refuse)).traces, traces)
})

for (const runtime of ['node', ...others] as const) {
  schedules(`tables, changes, controllers and ends are right: ${runtime}`, async () => {
    const total = await runSchedules(module, parts[runtime], refuse, { runtime })
    assert.equal([total.schedules, total.differences], [parts[runtime].count, 0])
    for (const [kind, count] of Object.entries(total.injected)) assert.ok(count > 0, `${kind}: ${count}`)
  })
}

for (const { name, replacement, first = 1 } of defects) {
  schedules(`a library in which ${name} is found out`, async () => {
    const broken = join(folder, 'broken.mjs')
    await bundle(broken, [replacement])
    const total = await runSchedules(broken, { first, count: 20_000 }, () => {}, { untilProblem: true })
    assert.is(total.differences, 1, `not in ${total.schedules} schedules`)
  })
}

schedules('what does not matter is left out of a schedule that fails', async () => {
  const broken = join(folder, 'broken.mjs')
  const defect = defects.find(({ name }) => name.startsWith('a controller'))
  assert.ok(defect)
  await bundle(broken, [defect.replacement])
  const reports: Extract<Report, { kind: 'problem' }>[] = []
  await runSchedules(broken, { first: 1, count: 20 }, (report) => {
    if (report.kind === 'problem') reports.push(report)
  })
  const [report] = reports
  assert.ok(report?.shrunk !== undefined)
  assert.ok(report.shrunk.lines.some((line) => line.endsWith(`problem: ${report.shrunk?.problem}`)))
  assert.ok(report.shrunk.lines.filter((line) => line.includes('fault: ')).length === report.shrunk.faults)
})

schedules('a replacement that does not fit its source is refused', () => {
  const replacement = { file: 'a.ts', text: 'one', by: 'two' }
  assert.is(replaceIn('one and more', 'a.ts', [replacement]), 'two and more')
  assert.throws(() => replaceIn('nothing', 'a.ts', [replacement]), 'a.ts has "one" 0 times')
  assert.throws(() => replaceIn('one one', 'a.ts', [replacement]), 'a.ts has "one" 2 times')
})

schedules('the command prints figures, and refuses wrong usage', () => {
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [...process.execArgv, program, ...words], { encoding: 'utf8' })
  const { status, stdout, stderr } = run('--count', '20', '--seed', '7', '--json')
  assert.is(status, 0, stderr)
  const result = JSON.parse(stdout)
  assert.equal([result.seed, result.schedules, result.differences, result.problems], [7, 20, 0, []])
  assert.match(run('--count', '5', '--seed', '7').stdout, /^5 schedules from seed 7 on/)
  assert.match(run('--help').stdout, /^usage: /)
  const wrong = run('--count', '0')
  assert.is(wrong.status, 2)
  assert.match(wrong.stderr, /--count: "0" is no whole number.*usage: /s)
})

schedules('options are those that were given, and wrong ones are refused', () => {
  const { jobs, ...options } = parseOptions(['--seed', '7']) as Options
  assert.equal(options, { count: 10_000, seed: 7, json: false })
  assert.ok(jobs > 0)
  assert.equal(parseOptions(['--count', '5', '--seed', '0', '--jobs', '3', '--json']), {
    count: 5,
    seed: 0,
    jobs: 3,
    json: true,
  })
  assert.throws(() => parseOptions(['--seed', 'x']), /^--seed: "x" is no whole number/)
  assert.throws(() => parseOptions(['--jobs', '1.5']), /^--jobs: "1.5" is no whole number/)
  assert.throws(() => parseOptions(['--sed', '1']), /--sed/)
  assert.throws(() => parseOptions(['more']), /more/)
})

schedules.run()
