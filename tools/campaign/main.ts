// Hunts for differences between tables and the kernel by random operations: `pnpm campaign --help`.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { namespacePrefix } from '../lib/namespace.mjs'
import { hunt } from './hunt.ts'
import { scenarios } from './operations/index.ts'
import { type CommandOptions, parseOptions, usage } from './options.ts'
import { figureLines } from './report.ts'

/** Set in the process that runs in namespaces of its own. */
const inside = 'RTNL_CAMPAIGN_INSIDE'

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  let options: CommandOptions
  try {
    options = parseOptions(args)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    return 2
  }
  if (options.help) console.log(usage)
  else if (options.list) {
    for (const [name, domains] of Object.entries(scenarios)) console.log(`${name}: ${domains.join(', ')}`)
  } else return process.env[inside] === undefined ? again(options, args) : await run(options)
  return 0
}

/** Runs this command again, in namespaces of its own. */
function again({ oneCore, seed }: CommandOptions, args: readonly string[]): number {
  const pinned = oneCore ? ['taskset', '-c', '0'] : []
  const self = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)]
  const words = [...namespacePrefix(process.env), ...pinned, ...self, ...args, '--seed', String(seed)]
  const [command = '', ...rest] = words
  const { status, signal, error } = spawnSync(command, rest, {
    env: { ...process.env, [inside]: '1' },
    stdio: 'inherit',
  })
  if (error !== undefined) throw error
  if (signal !== null) console.error(`ended by ${signal}`)
  return status ?? 1
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
