import { NetlinkError } from '@rtnl/netlink-core'
import type { Conflict, Failure, Outcome } from '@rtnl/reconcile'
import { count } from '../output/count.ts'
import { errorLine, shortened } from '../output/error-line.ts'

/** Failures that are printed one by one, and reasons of the others. */
const mostLines = 20

export const inTheWay = 'an entry of somebody else is in the way, and is not touched'

export type Failures = Pick<Outcome<unknown>, 'failed' | 'conflicts'>

/**
 * What could not be done, for people: the first failures each, then how many more there are for each reason.
 * @param text an entry in words
 */
export function* failureLines(
  { failed, conflicts }: Failures,
  text: (entry: unknown) => string,
): Generator<string, void, undefined> {
  let lines = 0
  const reasons = new Map<string, number>()
  for (const failure of allOf(failed, conflicts)) {
    if (lines++ < mostLines) yield lineOf(failure, text)
    else {
      const reason = 'actual' in failure ? inTheWay : reasonOf(failure.error)
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    }
  }
  yield* [...reasons].slice(0, mostLines).map(([reason, more]) => `rtnl: ${count(more)} more: ${shortened(reason)}`)
  const left = [...reasons].slice(mostLines)
  if (left.length === 0) return
  const more = left.reduce((sum, [, each]) => sum + each, 0)
  yield `rtnl: ${count(more)} more, for ${count(left.length)} other reasons`
}

function* allOf(
  failed: readonly Failure<unknown>[],
  conflicts: readonly Conflict<unknown>[],
): Generator<Failure<unknown> | Conflict<unknown>, void, undefined> {
  yield* failed
  yield* conflicts
}

function lineOf(failure: Failure<unknown> | Conflict<unknown>, text: (entry: unknown) => string): string {
  if (!('actual' in failure)) return errorLine(failure.error)
  return errorLine(`${text(failure.entry)}: ${inTheWay}: ${text(failure.actual)}`)
}

/** What several failures have in common: what the kernel says, without what was tried. */
export function reasonOf(error: Error): string {
  if (error instanceof NetlinkError) return error.message.slice(error.operation.length + 2)
  return error.message.replace(/^[^:]*(?::\S[^:]*)*: /, '')
}
