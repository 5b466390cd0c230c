import process from 'node:process'
import { parseArgs } from 'node:util'

export interface Options {
  /** Of each soak. */
  readonly seconds: number
  readonly storm: boolean
  readonly workers: boolean
  /** How many namespaces `rtnl sync` writes at once; `undefined`: not at all. */
  readonly namespaces: number | undefined
  /** The storm meets the limits that are the default. */
  readonly defaultLimits: boolean
  readonly seed: number
  readonly json: boolean
}

const usage = `usage: pnpm soak [OPTIONS]

Uses the library for a long time and looks whether its memory, descriptors and threads stay the same. Runs in namespaces
of its own. Without --storm, --workers and --namespaces the first two are done.

  --storm            a program in C changes routes at full speed while a table follows them with small limits: messages
                     are lost all the time, a reader stalls, and the event loop is blocked again and again. The table has
                     to go on meanwhile, and to be exact at the end
  --default-limits   the storm meets the default limits, and nothing may be lost
  --workers          tables and sockets are opened, used, closed and terminated, in worker threads and without
  --namespaces N     rtnl sync writes 300 routes in each of N namespaces, by a process for each, all at once, and
                     replaces them; ip has to show them, and another run may find nothing to do. Prints what it took
  --seconds N        how long each of the first two lasts (default: 60)
  --seed S           chooses what workers do (default: by the clock; printed)
  --json             prints the figures as one JSON object a line
  --help             this text

exit code: 0 all is as it has to be, 1 something is not, 2 wrong usage`

/**
 * Prints the usage and ends the process where that is asked for, or the options are wrong (exit code 2).
 * @param argv the words behind the name of the program
 */
export function parseOptions(argv: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        storm: { type: 'boolean', default: false },
        'default-limits': { type: 'boolean', default: false },
        workers: { type: 'boolean', default: false },
        namespaces: { type: 'string' },
        seconds: { type: 'string', default: '60' },
        seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(usage)
      process.exit(0)
    }
    if (values['default-limits'] && !values.storm) throw new Error('--default-limits: is an option of --storm')
    const both = !values.storm && !values.workers && values.namespaces === undefined
    return {
      seconds: wholeNumber('--seconds', values.seconds, 1),
      storm: both || values.storm,
      workers: both || values.workers,
      namespaces: values.namespaces === undefined ? undefined : wholeNumber('--namespaces', values.namespaces, 1),
      defaultLimits: values['default-limits'],
      seed: wholeNumber('--seed', values.seed, 0),
      json: values.json,
    }
  } catch (error) {
    console.error(`soak: ${error instanceof Error ? error.message : error}\n\n${usage}`)
    process.exit(2)
  }
}

function wholeNumber(name: string, value: string, least: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= least && number < 2 ** 31) return number
  throw new Error(`${name}: "${value}" is not a whole number from ${least} to ${2 ** 31 - 1}`)
}
