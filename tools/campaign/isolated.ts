// The campaign itself. Runs in namespaces of its own, in which it is root.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import process from 'node:process'
import { hunt } from './hunt.ts'
import { type CommandOptions, parseOptions } from './options.ts'
import { figureLines } from './report.ts'

const options = parseOptions(process.argv.slice(2))
if (options.oneCore) pin()
process.exitCode = await run(options)

/** Keeps all threads of this process, and what it starts, on one processor. */
function pin(): void {
  const { status, stderr, error } = spawnSync('taskset', ['-a', '-p', '-c', '0', String(process.pid)], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`--one-core: taskset: ${error?.message ?? stderr.trim()}`)
}

async function run(options: CommandOptions): Promise<number> {
  mkdirSync(options.folder, { recursive: true })
  console.error(`seed ${options.seed}, scenario ${options.scenario}`)
  const { figures, differences, operations, shrunk, folder } = await hunt(options, options.folder, (line) =>
    console.error(line),
  )
  if (options.json) console.log(JSON.stringify({ seed: options.seed, figures, differences }))
  else {
    for (const line of figureLines(figures)) console.log(line)
    console.log(`differences ${differences.length}`)
  }
  if (differences.length === 0) return 0
  console.error(`seed ${options.seed}; ${operations.length} operations in the scene; all that is known is in ${folder}`)
  if (shrunk === undefined) console.error('Doing the operations again does not show it: it depends on time.')
  else for (const { line } of shrunk.slice(0, 40)) console.error(`  ${line}`)
  return 1
}
