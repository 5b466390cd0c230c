import { Command, InvalidArgumentError } from 'commander'
import { findJobs, jobs } from './jobs/registry.ts'
import { peerCandidates } from './peers/registry.ts'

export interface Options {
  readonly names: readonly string[]
  readonly json: boolean
  readonly quick: boolean
  /** How often each contestant runs; `undefined` leaves it to the jobs. */
  readonly runs: number | undefined
  /** What every number of routes and changes is multiplied by. */
  readonly scale: number
  /** Ids of the peers that take part. */
  readonly peers: readonly string[]
  /** Whether the tables and charts of the documentation are made anew. */
  readonly writeDocs: boolean
}

interface Values {
  readonly json?: boolean
  readonly quick?: boolean
  readonly runs?: number
  readonly scale?: number
  readonly peers?: readonly string[]
  readonly writeDocs?: boolean
}

const peerIds = peerCandidates.map(({ id }) => id)

const badUsage = 2

/** Reads the arguments. Ends the process where they are wrong, or ask for help. */
export function parseOptions(argv: readonly string[]): Options {
  const program = new Command('bench')
    .description('Measures rtnl beside programs in C that do no more than the kernel asks of them.')
    .argument('[job...]', 'what to measure (default: all)')
    .option('--json', 'print one JSON object in place of tables')
    .option('--quick', 'a tenth of the routes and at most 3 runs')
    .option('--runs <count>', 'how often each contestant runs (what the job says)', (text) => readCount(text))
    .option('--scale <factor>', 'multiply every number of routes and changes (1)', (text) => readFactor(text))
    .option('--peers <names>', `those who take part: all, none, or of ${peerIds.join(', ')} (all)`, (text) =>
      readPeers(text),
    )
    .option('--write-docs', 'write the tables and charts of docs/performance.md')
    .addHelpText('after', () =>
      ['', 'Jobs:', ...jobs.map(({ name, title }) => `  ${name.padEnd(14)}${title}`)].join('\n'),
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : badUsage))
  program.parse(argv, { from: 'user' })
  const values = program.opts<Values>()
  const { json = false, quick = false, runs, scale = quick ? 0.1 : 1, peers = peerIds, writeDocs = false } = values
  try {
    findJobs(program.args)
  } catch (error) {
    program.error(`error: ${error instanceof Error ? error.message : error}`)
  }
  return { names: program.args, json, quick, runs, scale, peers, writeDocs }
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

function readPeers(text: string): readonly string[] {
  if (text === 'all') return peerIds
  if (text === 'none') return []
  const names = text.split(',')
  const unknown = names.find((name) => !peerIds.includes(name))
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${peerIds.join(', ')}.`)
  return names
}
