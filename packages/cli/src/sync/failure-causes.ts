import { NetlinkError } from '@rtnl/netlink-core'
import type { Failure, Operation } from '@rtnl/reconcile'
import { type Failures, inTheWay, reasonOf } from './failure-lines.ts'

/** Causes that are listed, those of the most entries, and entries that are listed of each. */
const mostCauses = 20
const mostExamples = 3

interface FailureCause {
  readonly action: Operation<unknown>['action']
  readonly code: string | undefined
  readonly error: string
  count: number
  readonly examples: { readonly entry: unknown; readonly actual?: unknown }[]
}

/**
 * The failures of a controller's cycle as fields of a JSON object: each cause once, with a count and a few entries, since
 * thousands may be refused for one cause.
 */
export function failureCauses({ failed, conflicts }: Failures): {
  readonly failed: readonly FailureCause[]
  /** Of causes that are not listed. */
  readonly others?: { readonly causes: number; readonly count: number }
} {
  const causes = new Map<string, FailureCause>()
  const note = (
    action: Operation<unknown>['action'],
    code: string | undefined,
    error: string,
    example: object,
  ): void => {
    const name = `${action} ${code} ${error}`
    let cause = causes.get(name)
    if (cause === undefined) {
      cause = { action, code, error, count: 0, examples: [] }
      causes.set(name, cause)
    }
    cause.count++
    if (cause.examples.length < mostExamples) cause.examples.push(example as FailureCause['examples'][0])
  }
  for (const { action, entry, error } of failed) note(action, codeOf(error), reasonOf(error), { entry })
  for (const { entry, actual } of conflicts) note('add', 'CONFLICT', inTheWay, { entry, actual })
  const all = [...causes.values()].sort((one, other) => other.count - one.count)
  const left = all.slice(mostCauses)
  if (left.length === 0) return { failed: all }
  const others = { causes: left.length, count: left.reduce((sum, { count }) => sum + count, 0) }
  return { failed: all.slice(0, mostCauses), others }
}

export function codeOf(error: Failure<unknown>['error']): string | undefined {
  return error instanceof NetlinkError ? error.code : (error as { code?: string }).code
}
