import { VlanTable, VniTable } from '@rtnl/bridge'
import { type Derived, derive, type Evpn } from '@rtnl/evpn'
import { LinkTable } from '@rtnl/link'
import { FdbTable, NeighborTable } from '@rtnl/neighbor'
import { NexthopTable } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'

const names = ['vnis', 'vteps', 'floods', 'groups', 'fdb', 'arps', 'unresolved', 'notices'] as const

/** Collections as text. Identifiers of endpoints depend on what was before. */
export function shown(derived: Readonly<Record<keyof Derived, Iterable<object>>>): string[] {
  return names.flatMap((name) =>
    [...derived[name]]
      .map((entry) => `${name} ${JSON.stringify(name === 'vteps' ? { ...entry, id: 0 } : entry)}`)
      .sort(),
  )
}

/** What is derived from the tables of a kernel, read by sockets of their own, once `evpn` has followed to there. */
export async function derivedAnew(netns: string, evpn: Evpn): Promise<string[]> {
  await using notifier = await Notifier.open({ netns })
  await using links = await LinkTable.open({ notifier })
  await using vlans = await VlanTable.open({ notifier })
  await using filters = await VniTable.open({ notifier })
  await using fdb = await FdbTable.open({ notifier })
  await using nexthops = await NexthopTable.open({ notifier })
  await using neighbors = await NeighborTable.open({ notifier })
  await evpn.waitForSync()
  return shown(derive({ links, vlans, filters, fdb, nexthops, neighbors, latest: evpn.latest }))
}
