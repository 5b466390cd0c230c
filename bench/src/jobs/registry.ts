import { applyChange } from './apply-change.ts'
import { dump } from './dump.ts'
import { follow } from './follow.ts'
import { install } from './install.ts'
import type { Job } from './job.ts'
import { namespaces } from './namespaces.ts'
import { oneCore } from './one-core.ts'
import { reconcile } from './reconcile.ts'
import { remove } from './remove.ts'
import { stall } from './stall.ts'

/** All jobs, in the order in which they run. */
export const jobs: readonly Job[] = [dump, follow, oneCore, stall, applyChange, install, remove, reconcile, namespaces]

/**
 * The jobs with these names; all, where none is named.
 * @throws {Error} there is no such job
 */
export function findJobs(names: readonly string[]): readonly Job[] {
  const unknown = names.find((name) => !jobs.some((job) => job.name === name))
  if (unknown !== undefined) throw new Error(`"${unknown}" is none of ${jobs.map(({ name }) => name).join(', ')}`)
  return jobs.filter(({ name }) => names.length === 0 || names.includes(name))
}
