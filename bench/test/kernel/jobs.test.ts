// timeout: 600
// runtimes: node
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { jobs } from '../../src/jobs/registry.ts'

const path = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url))

/**
 * `npm test` has built the packages before it tests: what is built starts in a tenth of the time. Contestants take over the budget, as
 * all options: most are done before it pays to optimize so much of them as V8 would.
 */
const program =
  process.env.RTNL_TEST_BUILT === '1'
    ? ['--interrupt-budget=400000', path('dist/main.js')]
    : [...process.execArgv, path('src/main.ts')]

function bench(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...program, ...words], { encoding: 'utf8' })
}

interface Result {
  jobs: {
    name: string
    rows: {
      contestant: string
      routes: number
      medians: Record<string, number>
      samples: Record<string, number>[]
    }[]
  }[]
  goals: { title: string; measures: { limit: number; figure?: number; isReached?: boolean }[] }[]
  absent: { name: string; reason: string }[]
}

/** Requests that it takes to bring 100 routes to what is wanted; 1 % of them is one. */
const reconciled: Record<string, number | undefined> = {
  'live table opened': undefined,
  'nothing to do': 0,
  '1 % different': 1,
  'one changed in keep()': 1,
}

/** The same of nexthops. */
const replaced: Record<string, number | undefined> = {
  'reconcile(), nothing to do': 0,
  'one member replaced in keep()': 1,
}

/** In these a contestant reads all of a table. */
const reading = ['dump', 'cold', 'size']
/** In these it is received changes. */
const following = ['follow', 'stall', 'apply-change', 'listeners']

/** For these it is measured how long they hold the event loop. */
const held = ['requestAll', 'reconcile()', 'nothing to do', 'live table opened', 'array of entries']

const command = suite('bench')

command('every job runs, and every contestant does all of its work', () => {
  const { status, stdout, stderr } = bench('--json', '--runs', '1', '--scale', '0.0001', '--peers', 'none')
  assert.is(status, 0, stderr)
  const result = JSON.parse(stdout) as Result
  assert.equal(
    result.jobs.map(({ name }) => name),
    jobs.map(({ name }) => name),
  )
  for (const { name, rows } of result.jobs) {
    for (const { contestant, routes, samples, medians } of rows) {
      const place = `${name}, ${contestant}: ${JSON.stringify(samples)}`
      assert.is(samples.length, 1, place)
      for (const [key, value] of Object.entries(medians)) assert.ok(Number.isFinite(value), `${place} ${key}`)
      for (const sample of samples) {
        assert.ok((sample.peakBytes ?? 1) > 0, place)
        assert.ok((sample.seconds ?? 1) > 0, place)
        // 100 is the least that a job is run with.
        if (reading.includes(name)) assert.ok((sample.routes ?? sample.messages ?? 0) >= routes, place)
        else if (name === 'install' || name === 'remove') assert.is(sample.sent, routes, place)
        else if (name === 'reconcile') assert.is(sample.sent, reconciled[contestant], place)
        else if (name === 'nexthop') assert.is(sample.sent, replaced[contestant], place)
        else if (following.includes(name)) assert.ok(sample.sent! >= 100, place)
        if ('wirePerRow' in medians) assert.ok(medians.wirePerRow! > 30 && medians.heldPerRow !== 0, place)
        if (held.includes(contestant)) assert.ok(sample.longestHold! > 0, place)
        if ('received' in sample) assert.is(sample.received, sample.sent, place)
        for (const key of ['lost', 'overruns', 'drops', 'relists']) assert.is(sample[key] ?? 0, 0, `${place} ${key}`)
      }
    }
  }
})

command('goals are compared with what was measured, in JSON too', () => {
  const { status, stdout, stderr } = bench(
    'cold',
    'fdb',
    '--json',
    '--runs',
    '2',
    '--scale',
    '0.0001',
    '--peers',
    'none',
  )
  assert.is(status, 0, stderr)
  const { goals, jobs: measured } = JSON.parse(stdout) as Result
  assert.equal(
    goals.map(({ title }) => title),
    ['cold live table of 10 k routes', 'event loop in any job: 99.9 %, longest'],
  )
  const row = measured[0]!.rows.find(({ contestant }) => contestant === 'live table')!
  assert.is(row.samples.length, 2)
  const { figure, limit, isReached } = goals[0]!.measures[0]!
  assert.is(limit, 20)
  assert.is(figure, (row.samples[0]!.ratio! + row.samples[1]!.ratio!) / 2)
  assert.is(isReached, figure! <= 20)
  const holds = measured.flatMap(({ rows }) => rows.map(({ medians }) => medians.longestHold ?? 0))
  assert.is(goals[1]!.measures[1]!.figure, Math.max(...holds))
})

command('who is absent is named, with what to install', () => {
  const env = { ...process.env, PATH: '/nowhere' }
  const program = `const { preparePeers } = await import(${JSON.stringify(path('src/peers/registry.ts'))})
    console.log(JSON.stringify(await preparePeers(['libnl', 'go', 'rust'])))`
  const args = [...process.execArgv, '--input-type=module', '--eval', program]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env })
  assert.is(status, 0, stderr)
  const { present, absent } = JSON.parse(stdout) as { present: unknown[]; absent: Result['absent'] }
  assert.equal(present, [])
  assert.is(absent.length, 3)
  for (const { name, reason } of absent) assert.match(reason, /^apt-get install [a-z]/, name)
})

command('one job is shown as a table, and progress beside it', () => {
  const { status, stdout, stderr } = bench('apply-change', '--runs', '1', '--scale', '0.0001', '--peers', 'none')
  assert.is(status, 0, stderr)
  assert.match(stdout, /apply-change: .*\n.*\n.*contestant.*relists.*\n/)
  assert.match(stdout, /live table, changes read/)
  assert.not.match(stdout, /^(dump|follow|stall): /m)
  assert.match(stderr, /^apply-change: run 1 of 1, 100 routes: live table/m)
})

command('a job that there is not, or a wrong number, is named, and nothing runs', () => {
  for (const [words, complaint] of [
    [['dumb'], /"dumb" is none of dump, /],
    [['--runs', '0'], /'--runs <count>' argument '0' is invalid/],
    [['--peers', 'libnl,perl'], /"perl" is none of libnl, rust, go, npm, pyroute2/],
    [['--scale', 'x'], /'--scale <factor>' argument 'x' is invalid/],
  ] as const) {
    const { status, stdout, stderr } = bench(...words)
    assert.is(status, 2)
    assert.is(stdout, '')
    assert.match(stderr, complaint)
  }
})

command('the help names every job', () => {
  const { status, stdout } = bench('--help')
  assert.is(status, 0)
  for (const { name } of jobs) assert.match(stdout, new RegExp(`^  ${name} `, 'm'))
})

command.run()
