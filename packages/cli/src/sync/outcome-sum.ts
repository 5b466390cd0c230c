import type { Outcome } from '@rtnl/reconcile'

/** Adds what was done elsewhere. */
export function addTo(all: Outcome<unknown>, other: Outcome<unknown>): void {
  const failed = [...all.failed]
  all.add(other)
  const later = all.failed.splice(0)
  for (const failure of [...failed, ...later]) all.failed.push(failure)
}
