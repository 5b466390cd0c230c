import { applyChange } from './apply-change.ts'
import { cold } from './cold.ts'
import { dump } from './dump.ts'
import { evpn } from './evpn.ts'
import { fdb } from './fdb.ts'
import { follow } from './follow.ts'
import { install } from './install.ts'
import type { Job } from './job.ts'
import { listeners } from './listeners.ts'
import { loop } from './loop.ts'
import { memory } from './memory.ts'
import { namespaces } from './namespaces.ts'
import { nexthop } from './nexthop.ts'
import { oneCore } from './one-core.ts'
import { reconcile } from './reconcile.ts'
import { remove } from './remove.ts'
import { size } from './size.ts'
import { stall } from './stall.ts'
import { start } from './start.ts'

/** All jobs, in the order in which they run. */
export const jobs: readonly Job[] = [
  dump,
  cold,
  start,
  memory,
  follow,
  oneCore,
  stall,
  applyChange,
  listeners,
  install,
  remove,
  reconcile,
  nexthop,
  fdb,
  evpn,
  namespaces,
  loop,
  size,
]

/**
 * The jobs with these names; all, where none is named.
 * @throws {Error} there is no such job
 */
export function findJobs(names: readonly string[]): readonly Job[] {
  const unknown = names.find((name) => !jobs.some((job) => job.name === name))
  if (unknown !== undefined) throw new Error(`"${unknown}" is none of ${jobs.map(({ name }) => name).join(', ')}`)
  return jobs.filter(({ name }) => names.length === 0 || names.includes(name))
}
