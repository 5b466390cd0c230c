import { type Link, LinkTable } from '@rtnl/link'
import { type LiveTableOptions, openTable } from '@rtnl/live-table'
import { AddressFamily, inTurns } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import type { Outcome } from '@rtnl/reconcile'
import { isLearned } from '../kinds.ts'
import type { Neighbor } from '../message.ts'
import { fdbOwner } from '../reconcile/fdb-rules.ts'
import { neighborOwner } from '../reconcile/neighbor-rules.ts'

/** Whose neighbours are written, and where. */
export interface SyncNeighborsOptions extends LiveTableOptions {
  /** Index of the interface. */
  readonly ifindex: number
  /** `AF_BRIDGE` (7) for forwarding entries. Default: neighbours of both families (ARP and ND). */
  readonly family?: typeof AddressFamily.BRIDGE | undefined
}

/**
 * Makes an interface hold exactly these owned static neighbours or forwarding entries, and returns the others that it has.
 * @param entries neighbours with `dst` and `lladdr`; forwarding entries with `lladdr` and the further fields
 * @returns what was done, and the learned entries: in no VLAN, not owned, not made by the kernel
 * @throws {TypeError} for forwarding entries, the interface is neither a vxlan nor a port of a bridge
 * @throws as `reconcile` of `@rtnl/reconcile`
 */
export async function syncNeighbors(
  entries: Iterable<Partial<Neighbor>>,
  options: SyncNeighborsOptions,
): Promise<{
  /** What was done. */
  outcome: Outcome<Neighbor>
  /** The learned entries. */
  learned: Neighbor[]
}> {
  const { ifindex, family, notifier: shared, signal, ...open } = options
  // A program that only reads neighbours does not load the engine.
  const { reconcile } = await import('@rtnl/reconcile')
  const notifier = shared ?? (await Notifier.open(open))
  try {
    const rules =
      family === AddressFamily.BRIDGE ? fdbOwner(await findLink(ifindex, notifier)) : neighborOwner({ ifindex })
    // The reconciler uses it too: it is read once.
    await using table = await openTable(rules.definition, { notifier, signal })
    const outcome = await reconcile(rules, entries, { notifier, signal })
    await table.waitForSync({ signal })
    const learned: Neighbor[] = []
    await inTurns(await table.snapshot(), (entry) => {
      if (entry.ifindex === ifindex && !rules.owns(entry) && isLearned(entry)) learned.push(entry)
    })
    return { outcome, learned }
  } finally {
    if (shared === undefined) notifier.close()
  }
}

async function findLink(ifindex: number, notifier: Notifier): Promise<Link> {
  await using links = await LinkTable.open({ notifier })
  const link = links.get({ ifindex })
  if (link === undefined) throw new RangeError(`ifindex: there is no interface ${ifindex}`)
  return link
}
