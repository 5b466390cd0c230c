import { UsageError } from '@rtnl/tables'
import { type Command, Option } from 'commander'
import type { LineStyle } from './output/line-printer.ts'
import { type TimeForm, timeForms } from './output/line-time.ts'

/** The option of the commands that work in one network namespace. */
export function netnsOption(): Option {
  return new Option('--netns <name or path>', 'in this network namespace, not that of the process').argParser(
    checkNetns,
  )
}

function checkNetns(text: string): string {
  if (text === '' || text === '.' || text === '..') {
    throw new UsageError(`--netns: '${text}' is neither a name nor a path; \`ip netns\` lists the names`)
  }
  return text
}

/** Gathers what several arguments name, each once. */
export function collecting<Named>(
  find: (text: string) => Named,
): (text: string, chosen: Named[] | undefined) => Named[] {
  return (text, before = []) => {
    const named = find(text)
    return before.includes(named) ? before : [...before, named]
  }
}

/** The options of the commands that print changes. */
export interface LineOptions {
  readonly json?: boolean | undefined
  readonly time?: TimeForm | undefined
  readonly long?: boolean | undefined
}

/** Adds the options that say how changes are written for people. */
export function withLineOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--time <form>',
        'the time before each line: since the line before, of the clock, or in UTC (default: clock on a terminal, else none)',
      ).choices(timeForms),
    )
    .option('--long', 'on a terminal, too, print both rows of a change, and not only what differs')
}

/**
 * How changes are written for people; `undefined`: as JSON.
 * @throws {UsageError} an option that does not go with JSON
 */
export function lineStyle({ json = false, time, long }: LineOptions): LineStyle | undefined {
  if (!json) return { time, long: long === true }
  if (time !== undefined) throw new UsageError('--time is for text, and does not go with --json')
  if (long !== undefined) throw new UsageError('--json prints both rows of a change; leave --long out')
  return undefined
}

const millisecondsOf = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** The longest that a timer runs (`setTimeout`), some 24 days. */
const longest = 2 ** 31 - 1

/**
 * A duration in milliseconds: `500ms`, `10s`, `1.5m`, `2h`.
 * @param name of the option
 * @throws {UsageError} the text is none, or one that is too long
 */
export function parseDuration(name: string, text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const milliseconds = Number(number) * (millisecondsOf[unit as keyof typeof millisecondsOf] ?? 0)
  if (milliseconds > 0 && milliseconds <= longest) return milliseconds
  throw new UsageError(`${name}: '${text}' is not a duration such as 500ms, 10s, 5m or 2h, of at most 596h`)
}

/** @throws {UsageError} the text is no number from 1 on */
export function parseCount(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0
  if (count >= 1 && Number.isSafeInteger(count)) return count
  throw new UsageError(`--count: '${text}' is not a number from 1 on`)
}
