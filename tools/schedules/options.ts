import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export const usage = `usage: pnpm schedules [OPTIONS]

Runs live tables, the notifier, the connection and the reconciler against a kernel of code. A seed decides each step: what
is delivered, delayed, lost, interrupted, refused, closed or aborted. At the end of each schedule the tables, the folded
changes and the kernel are equal, every loss was told, and nothing is left.
A schedule that fails is shrunk and printed, with its seed.

  --count N   so many schedules (default: 10000)
  --seed S    the first seed, a whole number; the others follow it (default: any). To repeat one: --seed S --count 1
  --jobs N    processes (default: the number of processors)
  --json      prints the result as one JSON object
  --help      this text

exit code: 0 no schedule failed, 1 some did, 2 wrong usage`

export interface Options {
  readonly count: number
  readonly seed: number
  readonly jobs: number
  readonly json: boolean
}

const largestSeed = 2 ** 31 - 1

/** @throws {Error} with a message for the user */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      count: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(1 + Math.floor(Math.random() * (largestSeed / 2))) },
      jobs: { type: 'string', default: String(availableParallelism()) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const whole = (name: 'count' | 'seed' | 'jobs', least: number): number => {
    const number = Number(values[name])
    if (values[name] === '' || !Number.isInteger(number) || number < least || number > largestSeed) {
      throw new Error(`--${name}: "${values[name]}" is no whole number from ${least} to ${largestSeed}`)
    }
    return number
  }
  return { count: whole('count', 1), seed: whole('seed', 0), jobs: whole('jobs', 1), json: values.json }
}
