// Hunts for differences between tables and the kernel by random operations: `pnpm campaign --help`.
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../lib/child-environment.mjs'
import { runIsolated } from '../lib/isolated.mjs'
import { scenarios } from './operations/index.ts'
import { type CommandOptions, parseOptions, usage } from './options.ts'

main(process.argv.slice(2))

function main(args: readonly string[]): void {
  let options: CommandOptions
  try {
    options = parseOptions(args)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    process.exitCode = 2
    return
  }
  if (options.help) console.log(usage)
  else if (options.list) {
    for (const [name, domains] of Object.entries(scenarios)) console.log(`${name}: ${domains.join(', ')}`)
  } else {
    const root = fileURLToPath(new URL('../..', import.meta.url))
    const program = fileURLToPath(new URL('isolated.ts', import.meta.url))
    // A seed that the clock chose is the same inside.
    const words = [...args, '--seed', String(options.seed)]
    runIsolated('campaign', program, words, childEnvironment(process.env, root))
  }
}
