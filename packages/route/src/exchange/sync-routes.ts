import { LinkTable } from '@rtnl/link'
import type { LiveTableOptions } from '@rtnl/live-table'
import { NexthopTable } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import type { Outcome } from '@rtnl/reconcile'
import { type LearnedRoute, learnedFrom } from '../learned.ts'
import type { Route } from '../message.ts'
import { routeOwner } from '../reconcile/rules.ts'
import { RouteTable } from '../table.ts'
import { type AdvertisedRoute, advertisedEntries } from './advertised.ts'
import { isUsableTable } from './datapath.ts'
import { advertisedProtocol } from './ovn.ts'

/** Whose routes are written, and where. */
export interface SyncRoutesOptions extends LiveTableOptions {
  /** Id of the routing table. */
  readonly table: number
  /** Routing protocol of the owned routes. Default: 84 (OVN). */
  readonly protocol?: number | undefined
}

/**
 * Makes a routing table hold exactly the advertised routes, and returns what others have added there. Routes that are as
 * desired are not touched, a route that changes is replaced in one request, and removals come last.
 * @returns what was done, and one record for each hop that was learned
 * @throws {RangeError} no routes are exchanged by the table (0, 252, 255, 4294967295); nothing was sent
 * @throws as `reconcile` of `@rtnl/reconcile`
 */
export async function syncRoutes(
  routes: Iterable<AdvertisedRoute>,
  options: SyncRoutesOptions,
): Promise<{
  /** What was done. */
  outcome: Outcome<Route>
  /** One record for each hop that was learned. */
  learned: LearnedRoute[]
}> {
  const { table, protocol = advertisedProtocol, notifier: shared, signal, ...open } = options
  if (!isUsableTable(table))
    throw new RangeError(`table: ${String(table)} is no routing table that routes are exchanged by`)
  const owner = routeOwner({ table, protocol })
  // A program that only reads routes does not load the engine.
  const { reconcile } = await import('@rtnl/reconcile')
  const notifier = shared ?? (await Notifier.open(open))
  try {
    // The reconciler uses these too: each is read once.
    await using known = await RouteTable.open({ table, notifier, signal })
    await using nexthops = await NexthopTable.open({ notifier, signal })
    await using links = await LinkTable.open({ notifier, signal })
    const outcome = await reconcile(owner, advertisedEntries(routes), { notifier, signal })
    for (const each of [known, nexthops, links]) await each.waitForSync({ signal })
    return { outcome, learned: await learnedFrom(known, { nexthops, links, own: protocol }) }
  } finally {
    if (shared === undefined) notifier.close()
  }
}
