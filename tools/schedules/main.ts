// The command `pnpm schedules`: runs the library under a deterministic scheduler that injects faults.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.ts'
import { runSchedules, split, sum } from './processes.ts'
import type { Report, Total } from './report.ts'

const usage = `usage: pnpm schedules [OPTIONS]

Runs live tables, the notifier, the connection and the reconciler against a kernel of code. A seed decides each step: what
is delivered, delayed, lost, interrupted, refused, closed or aborted. At the end of each schedule the tables, the folded
changes and the kernel are equal, every loss was told, and nothing is left.
A schedule that fails is shrunk and printed, with its seed.

  --count N   so many schedules (default: 10000)
  --seed S    the first seed, a whole number; the others follow it (default: any). To repeat one: --seed S --count 1
  --jobs N    processes (default: the number of processors)
  --json      prints the result as one JSON object
  --help      this text

exit code: 0 no schedule failed, 1 some did, 2 wrong usage`

interface Options {
  readonly count: number
  readonly seed: number
  readonly jobs: number
  readonly json: boolean
}

type Problem = Extract<Report, { kind: 'problem' }>

const largestSeed = 2 ** 31 - 1

/** @throws {Error} with a message for the user */
function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      count: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(1 + Math.floor(Math.random() * (largestSeed / 2))) },
      jobs: { type: 'string', default: String(availableParallelism()) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const whole = (name: 'count' | 'seed' | 'jobs', least: number): number => {
    const number = Number(values[name])
    if (values[name] === '' || !Number.isInteger(number) || number < least || number > largestSeed) {
      throw new Error(`--${name}: "${values[name]}" is no whole number from ${least} to ${largestSeed}`)
    }
    return number
  }
  return { count: whole('count', 1), seed: whole('seed', 0), jobs: whole('jobs', 1), json: values.json }
}

function print(total: Total, problems: readonly Problem[], seconds: number, seed: number): void {
  console.log(
    `${total.schedules} schedules from seed ${seed} on in ${seconds.toFixed(1)} s: ${(total.schedules / seconds).toFixed(0)} a second`,
  )
  console.log(`${total.steps} steps, ${total.operations} operations of programs and of the kernel`)
  console.log('faults injected:')
  for (const [kind, count] of Object.entries(total.injected)) console.log(`  ${kind.padEnd(18)} ${count}`)
  console.log(`differences: ${total.differences}`)
  for (const { seed: own, problem, shrunk } of problems) {
    console.log(`\nseed ${own}: ${problem}\nagain: pnpm schedules --seed ${own} --count 1`)
    if (shrunk === undefined) continue
    console.log(`with ${shrunk.faults} faults and ${shrunk.operations} operations:`)
    for (const line of shrunk.lines) console.log(`  ${line}`)
  }
}

async function main(argv: readonly string[]): Promise<number> {
  let options: Options | 'help'
  try {
    options = parseOptions(argv)
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    return 2
  }
  if (options === 'help') {
    console.log(usage)
    return 0
  }
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-schedules-'))
  try {
    const module = join(folder, 'schedules.mjs')
    await bundle(module)
    const problems: Problem[] = []
    const begin = performance.now()
    let last = begin
    const done = new Map<number, number>()
    const ranges = split({ first: options.seed, count: options.count }, options.jobs)
    const totals = await Promise.all(
      ranges.map((range) =>
        runSchedules(module, range, (report) => {
          if (report.kind === 'problem') {
            problems.push(report)
            return
          }
          done.set(range.first, report.schedules)
          if (performance.now() - last < 5000) return
          last = performance.now()
          const count = [...done.values()].reduce((left, right) => left + right, 0)
          console.error(`${count} of ${options.count} schedules, ${problems.length} differences`)
        }),
      ),
    )
    const seconds = (performance.now() - begin) / 1000
    const total = sum(totals)
    if (options.json) console.log(JSON.stringify({ seed: options.seed, seconds, ...total, kind: undefined, problems }))
    else print(total, problems, seconds, options.seed)
    return total.differences === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = await main(process.argv.slice(2))
