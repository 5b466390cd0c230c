// Runs schedules, one after the other: `FIRST-SEED COUNT [first-problem]`. Prints a `Report` a line, as JSON.
import process from 'node:process'
import type { Report } from '../report.ts'
import { faultKinds } from './choices.ts'
import { Schedule } from './schedule.ts'
import { shrink } from './shrink.ts'

const progressEvery = 1000
/** To shrink more of them says little: they mostly have one cause. */
const mostShrunk = 3

const [, , first = '1', count = '1', mode] = process.argv
const tell = (report: Report): void => console.log(JSON.stringify(report))

let current: Schedule | undefined
process.on('unhandledRejection', (error) => current?.problem(`nobody handles the rejection ${String(error)}`))

const injected = new Map(faultKinds.map((kind) => [kind, 0]))
let [schedules, steps, operations, differences, traces] = [0, 0, 0, 0, 0]
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  current = new Schedule(seed)
  const result = await current.run()
  schedules++
  steps += result.steps
  operations += result.operations
  traces = (Math.imul(traces, 31) + result.trace) >>> 0
  for (const kind of faultKinds) injected.set(kind, injected.get(kind)! + (result.injected[kind] ?? 0))
  if (result.problem !== undefined) {
    differences++
    if (mode === 'first-problem') {
      tell({ kind: 'problem', seed, problem: result.problem, shrunk: undefined })
      break
    }
    const shrunk = differences > mostShrunk ? undefined : await shrink(result)
    tell({
      kind: 'problem',
      seed,
      problem: result.problem,
      shrunk: shrunk && {
        problem: shrunk.result.problem ?? '',
        faults: result.faults - shrunk.cuts.faults.size,
        operations: result.operations - shrunk.cuts.operations.size,
        lines: shrunk.result.lines,
      },
    })
  }
  if (schedules % progressEvery === 0) tell({ kind: 'progress', schedules, differences })
}
tell({ kind: 'total', schedules, steps, operations, differences, traces, injected: Object.fromEntries(injected) })
