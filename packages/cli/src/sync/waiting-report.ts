import { ContestedError } from '@rtnl/reconcile'
import { countOf } from '../output/count.ts'
import { shortened } from '../output/error-line.ts'
import { jsonText, printable } from '../output/printable.ts'

/** Why entries are not in the kernel, and how many they are. */
export interface WaitingCause {
  /** `link v0, which is down`, or what the kernel said. */
  readonly cause: string
  readonly count: number
  /** One of the entries. */
  readonly example: unknown
  /** They are in the kernel, but for the parts that wait: hops of a route, members of a group. */
  readonly partial?: boolean
  /** What happened when that one was tried. */
  readonly error?: Error
}

/** Prints the causes for which entries wait: each when it appears, when its count changes, and when it is over. */
export class WaitingReport {
  readonly #nouns: readonly [one: string, many: string]
  /** The causes as they were printed last. */
  #reported = new Map<string, WaitingCause>()

  /** @param nouns the noun for one entry, and for several */
  constructor(nouns: readonly [one: string, many: string]) {
    this.#nouns = nouns
  }

  /** @returns lines for people; none where nothing has changed */
  lines(causes: readonly WaitingCause[]): string[] {
    const now = new Map(causes.map((cause) => [`${cause.partial === true} ${cause.cause}`, cause]))
    const lines: string[] = []
    for (const [name, each] of this.#reported) {
      if (!now.has(name))
        lines.push(
          `rtnl: over: ${countOf(each.count, this.#nouns)} ${verb(each, 'was', 'were', 'waited', 'waited')}${reason(each)}`,
        )
    }
    for (const [name, each] of now) {
      const { count } = each
      if (this.#reported.get(name)?.count === count) continue
      lines.push(`rtnl: ${waitingWords(each, this.#nouns)}`)
    }
    this.#reported = now
    return lines.map(printable)
  }
}

/** `2,000 routes wait for link v0, which is down`. @param nouns the noun for one entry, and for several */
export function waitingWords(cause: WaitingCause, nouns: readonly [one: string, many: string]): string {
  return `${countOf(cause.count, nouns)} ${verb(cause, 'is', 'are', 'waits', 'wait')}${reason(cause)}`
}

/** The line of JSON for the same causes. */
export function waitingJson(causes: readonly WaitingCause[]): string {
  const waiting = causes.map(({ cause, count, example, partial }) => ({
    cause,
    count,
    example,
    ...(partial === true ? { partial } : {}),
  }))
  return `${jsonText({ waiting })}\n`
}

/** Entries of a contest may be in the kernel: they wait for nothing. */
function verb({ count, error }: WaitingCause, is: string, are: string, waits: string, wait: string): string {
  const [one, several] = error instanceof ContestedError ? [is, are] : [waits, wait]
  return count === 1 ? one : several
}

/** What somebody says is no thing to wait for. */
function reason({ cause, partial, error }: WaitingCause): string {
  const words = shortened(cause)
  if (error instanceof ContestedError) return ` contested by ${words}`
  if (partial === true) return ` in part: ${words}`
  return /\(E[A-Z0-9]+[^)]*\)/.test(words) || words.startsWith('the kernel ') ? `: ${words}` : ` for ${words}`
}
