import { Command, InvalidArgumentError } from 'commander'
import { findJobs, jobs } from './jobs/registry.ts'

export interface Options {
  readonly names: readonly string[]
  readonly json: boolean
  /** How often each contestant runs. */
  readonly runs: number
  /** What every number of routes and changes is multiplied by. */
  readonly scale: number
}

interface Values {
  readonly json?: boolean
  readonly quick?: boolean
  readonly runs?: number
  readonly scale?: number
}

const badUsage = 2

/** Reads the arguments. Ends the process where they are wrong, or ask for help. */
export function parseOptions(argv: readonly string[]): Options {
  const program = new Command('bench')
    .description('Measures rtnl beside programs in C that do no more than the kernel asks of them.')
    .argument('[job...]', 'what to measure (default: all)')
    .option('--json', 'print one JSON object in place of tables')
    .option('--quick', 'a tenth of the routes and 3 runs')
    .option('--runs <count>', 'how often each contestant runs (5)', (text) => readCount(text))
    .option('--scale <factor>', 'multiply every number of routes and changes (1)', (text) => readFactor(text))
    .addHelpText('after', () =>
      ['', 'Jobs:', ...jobs.map(({ name, title }) => `  ${name.padEnd(14)}${title}`)].join('\n'),
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : badUsage))
  program.parse(argv, { from: 'user' })
  const { json = false, quick = false, runs = quick ? 3 : 5, scale = quick ? 0.1 : 1 } = program.opts<Values>()
  try {
    findJobs(program.args)
  } catch (error) {
    program.error(`error: ${error instanceof Error ? error.message : error}`)
  }
  return { names: program.args, json, runs, scale }
}

function readCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It is no whole number of 1 or more.')
  return count
}

function readFactor(text: string): number {
  const factor = Number(text)
  if (!(factor > 0 && factor <= 10)) throw new InvalidArgumentError('It is no number above 0 and up to 10.')
  return factor
}
