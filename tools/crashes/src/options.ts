import process from 'node:process'
import { parseArgs } from 'node:util'
import { subjectNames } from './subjects/index.ts'

export interface Options {
  /** Crashes, over all tables. */
  readonly count: number
  readonly seed: number
  readonly tables: readonly string[]
}

const usage = `usage: pnpm crashes [OPTIONS]

Brings each table from one set of desired entries to another in a process that dies by SIGKILL at a request, and looks
with ip and bridge at what is there: no entry may be missing that was there before and is to be there afterwards, and
those of others stay. A second run must then bring the table to what is desired, and a third one have nothing to do.
Runs in namespaces of its own. The last line is a summary; the exit code is 1 if anything was wrong.

  --count N      crashes over all tables, at different requests (default: 1000)
  --seed S       chooses the sets of entries (default: 1)
  --table NAME   only this table; may be given again: ${subjectNames.join(', ')}
  --help         this text`

/**
 * Prints the usage and ends the process where that is asked for, or the options are wrong (exit code 2).
 * @param argv the words behind the name of the program
 */
export function parseOptions(argv: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        count: { type: 'string', default: '1000' },
        seed: { type: 'string', default: '1' },
        table: { type: 'string', multiple: true, default: [...subjectNames] },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(usage)
      process.exit(0)
    }
    const unknown = values.table.find((name) => !subjectNames.includes(name))
    if (unknown !== undefined) throw new Error(`--table: "${unknown}" is none of ${subjectNames.join(', ')}`)
    return {
      count: wholeNumber('--count', values.count, 1),
      seed: wholeNumber('--seed', values.seed, 0),
      tables: values.table,
    }
  } catch (error) {
    console.error(`crashes: ${error instanceof Error ? error.message : error}`)
    process.exit(2)
  }
}

function wholeNumber(name: string, value: string, least: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= least && number < 2 ** 32) return number
  throw new Error(`${name}: "${value}" is not a whole number from ${least} to ${2 ** 32 - 1}`)
}
