import type { FieldRule } from '@rtnl/reconcile/declarations'

/** Rules of fields that neighbours and forwarding entries share. */

/** What the kernel sets by itself: it is checked, and taken away. */
export function setByKernel(rule: FieldRule<number, unknown>): FieldRule<never, unknown> {
  return (value) => {
    rule(value, undefined)
    return undefined
  }
}

/** The advice for an entry that could not be recognized as owned later. */
export const additively = 'keep it additively (additive: true)'
