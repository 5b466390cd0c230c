// The soaks themselves. Runs in namespaces of its own, in which it is root.
import process from 'node:process'
import { syncNamespaces } from './namespaces.ts'
import { parseOptions } from './options.ts'
import type { Outcome } from './outcome.ts'
import { storm } from './storm.ts'
import { workers } from './workers.ts'

const options = parseOptions(process.argv.slice(2))
const tell = (line: string): void => console.error(line)

function report(name: string, { figures, problems }: Outcome): void {
  if (options.json) console.log(JSON.stringify({ soak: name, ...figures, problems }))
  else {
    console.log(`${name}:`)
    for (const [figure, value] of Object.entries(figures)) console.log(`  ${figure.padEnd(30)} ${value}`)
    for (const problem of problems) console.log(`  WRONG: ${problem}`)
  }
  if (problems.length > 0) process.exitCode = 1
}

if (options.storm) report('storm', await storm(options, tell))
if (options.workers) report('workers', await workers(options, tell))
if (options.namespaces !== undefined) report('namespaces', await syncNamespaces(options.namespaces, tell))
