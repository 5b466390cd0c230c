import { dumpNeighbors, NeighborState } from '@rtnl/neighbor'
import { AddressFamily, type Connection } from '@rtnl/netlink-core'
import { count } from '../../output/count.ts'
import { readText } from '../../read-text.ts'
import { type Check, type CheckGroup, requireReadable } from '../check.ts'

const families = [
  { version: 'ipv4', family: AddressFamily.INET },
  { version: 'ipv6', family: AddressFamily.INET6 },
] as const

/** From this part of the limit on the kernel is about to take entries away. */
const nearly = 0.8

/** How near the tables of neighbours are to what the kernel holds of them at most, in all namespaces together. */
export const neighborGroup: CheckGroup = {
  ids: families.map(({ version }) => idOf(version)),
  examine(patient) {
    requireReadable('/proc/sys/net')
    return Promise.all(
      families.map(async ({ version, family }) => {
        const limits = [1, 2, 3].map((level) => readText(`/proc/sys/net/${version}/neigh/default/gc_thresh${level}`))
        return judgeNeighbors(version, await countCollectable(patient.connection(), family), limits.map(Number))
      }),
    )
  },
}

function idOf(version: string): string {
  return `sysctl.net.${version}.neigh.default.gc_thresh`
}

/** Those that the kernel may take away: permanent ones do not count for the limits. */
async function countCollectable(connection: Connection, family: number): Promise<number> {
  let sum = 0
  for await (const batch of dumpNeighbors(connection, { family })) {
    for (const { state } of batch) if ((state & NeighborState.PERMANENT) === 0) sum++
  }
  return sum
}

/** @param limits `gc_thresh1`, `gc_thresh2` and `gc_thresh3`; `NaN` if they cannot be read */
export function judgeNeighbors(version: 'ipv4' | 'ipv6', neighbors: number, limits: readonly number[]): Check {
  const id = idOf(version)
  const [least = Number.NaN, soft = Number.NaN, hard = Number.NaN] = limits
  const here = `${count(neighbors)} here`
  if (Number.isNaN(hard)) {
    const text = `${here}; the limits are settings of the host, which are not seen from this network namespace`
    return { id, level: 'green', text, value: { neighbors } }
  }
  const value = { neighbors, gcThresh: [least, soft, hard] }
  const text = `${here}, of ${count(hard)} in all namespaces together; below ${count(least)} none is taken away`
  const todo = `sysctl -w net.${version}.neigh.default.gc_thresh3=${2 * Math.max(hard, neighbors)}, and gc_thresh1 and gc_thresh2 to match`
  if (neighbors >= hard)
    return { id, level: 'red', text: `${text}. The kernel refuses new ones (ENOBUFS)`, todo, value }
  if (neighbors >= nearly * hard)
    return { id, level: 'yellow', text: `${text}. Beyond it the kernel refuses new ones`, todo, value }
  return { id, level: 'green', text, value }
}
