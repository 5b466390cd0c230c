import { type ReconcileOptions, reconcile } from '@rtnl/reconcile'
import { type Route, type RouteOwnership, routeOwner } from '@rtnl/route'
import { ip, ipJson, makeNetns } from './ip.ts'
import type { Shown } from './shown.ts'

/** Ours, in the tests of the reconciler. */
export const ownership: RouteOwnership = { table: 100, protocol: 84 }

let number = 0

/** A namespace with three pairs of links, which is gone after the test. */
export async function inNetns(test: (netns: string) => Promise<void>): Promise<void> {
  const netns = `owned${number++}`
  await makeNetns(netns)
  try {
    await test(netns)
  } finally {
    ip(`netns del ${netns}`)
  }
}

/** What `ip` shows of a routing table, of both families, in its order. */
export function shownTable(netns: string, table = ownership.table): Shown[] {
  // Asked for a table that there is not yet, it fails.
  const all = ['-4', '-6'].flatMap((family) => ipJson<Shown>(netns, `-d -N ${family} route show table all`))
  return all.filter((route) => route.table === String(table))
}

export function ours(shown: readonly Shown[]): Shown[] {
  return shown.filter(({ protocol }) => protocol === String(ownership.protocol))
}

export function others(shown: readonly Shown[]): Shown[] {
  return shown.filter(({ protocol }) => protocol !== String(ownership.protocol))
}

/** Makes the kernel hold these routes of ours, and returns what was done. */
export function sync(netns: string, desired: Iterable<Partial<Route>>, options: ReconcileOptions<Route> = {}) {
  return reconcile(routeOwner(ownership), desired, { netns, ...options })
}

/** So many routes to neighbouring prefixes, from 10.N.0.0/24 on. */
export function consecutive(count: number, gateway: string, first = 20): Partial<Route>[] {
  return Array.from({ length: count }, (_, index) => ({
    dst: `10.${first + (index >> 8)}.${index & 255}.0/24`,
    gateway,
  }))
}
