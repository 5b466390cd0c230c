// The crashes themselves. Runs in namespaces of its own, in which it is root.
import process from 'node:process'
import { crashTable, type TableReport } from './matrix.ts'
import { parseOptions } from './options.ts'
import { subjectNamed } from './subjects/index.ts'

const { count, seed, tables } = parseOptions(process.argv.slice(2))
const started = performance.now()
let crashes = 0
let points = 0
let problems = 0

function report(name: string, { lacking, died, requests, restarts }: TableReport, found: readonly string[]): string {
  if (lacking !== undefined) return `${name}: not tried: ${lacking}`
  const kinds = Object.entries(restarts).map(([kind, number]) => `${number} ${kind}`)
  return `${name}: ${died} crashes in ${requests} requests; written after the restarts: ${kinds.join(', ')}; problems: ${found.length}`
}

for (const [index, name] of tables.entries()) {
  // What tables with few requests leave over is for those that come later.
  const share = Math.ceil((count - crashes) / (tables.length - index))
  const result = await crashTable(await subjectNamed(name), { count: share, seed })
  crashes += result.died
  points += result.points
  problems += result.problems.length
  console.log(report(name, result, result.problems))
  for (const problem of result.problems) console.log(`  ${problem}`)
}
const seconds = Math.round((performance.now() - started) / 1000)
console.log(`${crashes} crashes at ${points} different requests, seed ${seed}, ${seconds} s; problems: ${problems}`)
process.exitCode = problems === 0 ? 0 : 1
