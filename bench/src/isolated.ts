// The benchmark itself. Runs in namespaces of its own, in which it is root.
import { Bench } from './bench.ts'
import { findJobs } from './jobs/registry.ts'
import { parseOptions } from './options.ts'
import { compilePrograms } from './programs.ts'
import { type Report, toJson, toText } from './report.ts'

const { names, json, runs, scale } = parseOptions(process.argv.slice(2))
const reports: Report[] = []
try {
  const programs = await compilePrograms()
  for (const job of findJobs(names)) {
    const bench = new Bench(job.name, programs, runs, scale)
    try {
      const report = { job, ...(await job.run(bench)) }
      reports.push(report)
      if (!json) console.log(toText(report))
    } finally {
      await bench.end()
    }
  }
  if (json) console.log(toJson(reports, { runs, scale }))
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
