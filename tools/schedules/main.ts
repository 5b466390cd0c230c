// The command `pnpm schedules`: runs the library under a deterministic scheduler that injects faults.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { runSchedules, split, sum } from './processes.ts'
import type { Report, Total } from './report.ts'

type Problem = Extract<Report, { kind: 'problem' }>

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
