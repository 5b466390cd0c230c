// The benchmark itself. Runs in namespaces of its own, in which it is root.
import { Bench } from './bench.ts'
import { checkDocument, writeDocument } from './document/write-document.ts'
import { findJobs } from './jobs/registry.ts'
import { describeMachine } from './machine.ts'
import { type Options, parseOptions } from './options.ts'
import { preparePeers } from './peers/registry.ts'
import { compilePrograms } from './programs.ts'
import { type Report, type Results, toJson, toSummary, toText } from './report.ts'
import { findOtherRuntimes } from './runtimes.ts'

/** More takes long and says nothing that these do not say. */
const quickRuns = 3

async function measure({ names, json, quick, runs, scale, peers: ids }: Options): Promise<Results> {
  const machine = describeMachine()
  const programs = await compilePrograms()
  const peers = await preparePeers(ids)
  const runtimes = await findOtherRuntimes()
  const reports: Report[] = []
  for (const job of findJobs(names)) {
    const bench = new Bench(job.name, {
      programs,
      peers: peers.present,
      runtimes: runtimes.present,
      runs: runs ?? (quick ? Math.min(quickRuns, job.runs) : job.runs),
      scale,
    })
    try {
      const report = { job, ...(await job.run(bench)) }
      reports.push(report)
      if (!json) console.log(toText(report))
    } finally {
      await bench.end()
    }
  }
  return { machine, scale, reports, absent: [...peers.absent, ...runtimes.absent] }
}

const options = parseOptions(process.argv.slice(2))
try {
  if (options.writeDocs) await checkDocument(findJobs(options.names).map(({ name }) => name))
  const results = await measure(options)
  console.log(options.json ? toJson(results) : toSummary(results))
  if (options.writeDocs) await writeDocument(results)
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
