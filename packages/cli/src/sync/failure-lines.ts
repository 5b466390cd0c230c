import { NetlinkError } from '@rtnl/netlink-core'
import { type Conflict, type Failure, type Outcome, WaitingError } from '@rtnl/reconcile'
import { count } from '../output/count.ts'
import { errorLine, shortened } from '../output/error-line.ts'
import { printable } from '../output/printable.ts'
import { waitingWords } from './waiting-report.ts'

/** Failures that are printed one by one, and reasons of the others. */
const mostLines = 20

export const inTheWay = 'an entry of somebody else is in the way, and is not touched'

export type Failures = Pick<Outcome<unknown>, 'failed' | 'conflicts'>

/**
 * Prints failures for people: one line for each cause for which entries wait; of the other failures the first ones one by one,
 * then for each reason how many more there are.
 * @param nouns the noun for one entry, and for several
 * @param text prints an entry
 */
export function* failureLines(
  { failed: all, conflicts }: Failures,
  nouns: readonly [one: string, many: string],
  text: (entry: unknown) => string,
): Generator<string, void, undefined> {
  const failed = all.filter(({ error }) => !(error instanceof WaitingError))
  if (failed.length < all.length) yield* waitingLines(all, nouns, text)
  let lines = 0
  const reasons = new Map<string, number>()
  for (const failure of allOf(failed, conflicts)) {
    if (lines++ < mostLines) yield lineOf(failure, text)
    else {
      const reason = 'actual' in failure ? inTheWay : reasonOf(failure.error)
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    }
  }
  yield* [...reasons]
    .slice(0, mostLines)
    .map(([reason, more]) => printable(`rtnl: ${count(more)} more: ${shortened(reason)}`))
  const left = [...reasons].slice(mostLines)
  if (left.length === 0) return
  const more = left.reduce((sum, [, each]) => sum + each, 0)
  yield `rtnl: ${count(more)} more, for ${count(left.length)} other reasons`
}

interface Waiting {
  readonly cause: string
  readonly partial: boolean
  readonly example: unknown
  count: number
}

function waitingLines(
  failed: readonly Failure<unknown>[],
  nouns: readonly [one: string, many: string],
  text: (entry: unknown) => string,
): readonly string[] {
  const causes = new Map<string, Waiting>()
  for (const { entry, error } of failed) {
    if (!(error instanceof WaitingError)) continue
    const { description: cause, partial } = error
    const known = causes.get(`${partial} ${cause}`)
    if (known !== undefined) known.count++
    else causes.set(`${partial} ${cause}`, { cause, partial, example: entry, count: 1 })
  }
  return [...causes.values()].map((waiting) => {
    const which = `${waiting.count === 1 ? '' : ', the first'}: ${shortened(text(waiting.example))}`
    return printable(`rtnl: ${waitingWords(waiting, nouns)}${which}`)
  })
}

function* allOf(
  failed: readonly Failure<unknown>[],
  conflicts: readonly Conflict<unknown>[],
): Generator<Failure<unknown> | Conflict<unknown>, void, undefined> {
  yield* failed
  yield* conflicts
}

function lineOf(failure: Failure<unknown> | Conflict<unknown>, text: (entry: unknown) => string): string {
  if (!('actual' in failure)) return errorLine(`${failure.action} ${text(failure.entry)}: ${reasonOf(failure.error)}`)
  return errorLine(`${text(failure.entry)}: ${inTheWay}: ${text(failure.actual)}`)
}

/** What several failures have in common: what the kernel says, without what was tried. */
export function reasonOf(error: Error): string {
  if (error instanceof NetlinkError) return error.message.slice(error.operation.length + 2)
  return error.message.replace(/^[^:]*(?::\S[^:]*)*: /, '')
}
