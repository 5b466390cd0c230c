import { addressDefinition } from '@rtnl/address'
import { mdbDefinition, vlanDefinition, vniDefinition } from '@rtnl/bridge'
import { type Link, linkDefinition } from '@rtnl/link'
import type { TableDefinition } from '@rtnl/live-table'
import { fdbDefinition, neighborDefinition } from '@rtnl/neighbor'
import { nexthopDefinition } from '@rtnl/nexthop'
import { routeDefinition } from '@rtnl/route'
import { ruleDefinition } from '@rtnl/rule'
import { asIpShows as addressText, ipAddresses } from '../../../packages/address/test/support/shown.ts'
import { mdbText, shownMdb } from '../../../packages/bridge/test/support/mdb.ts'
import { shownVlans, vlanText } from '../../../packages/bridge/test/support/vlans.ts'
import { shownVnis, vniText } from '../../../packages/bridge/test/support/vnis.ts'
import { asBridgeShows, bridgeFdb, asIpShows as neighborShown } from '../../../packages/neighbor/test/support/shown.ts'
import { ipRoutes, asIpShows as routeShown } from '../../../packages/route/test/support/shown.ts'
import { ipRules, asIpShows as ruleText } from '../../../packages/rule/test/support/shown.ts'
import { abilitiesOfKernel } from '../scene.ts'
import { ipLinks, linksAsIpShows } from './links.ts'
import { neighborsOfIp } from './neighbors.ts'
import { ipNexthops, nexthopsAsIpShows } from './nexthops.ts'
import { textOf } from './text.ts'

/** `bridge vlan` fails on a kernel whose bridges have none. */
const abilities = abilitiesOfKernel()

/** A table that is followed, and how iproute2 shows it. */
export interface FollowedTable<Entry = unknown> {
  readonly definition: TableDefinition<Entry>
  /** What the tool shows, an entry each. */
  told(netns: string): string[] | Promise<string[]>
  /** Our entries in the same words. @param names of interfaces by index */
  ours(entries: readonly Entry[], names: ReadonlyMap<number, string>): string[]
}

/**
 * Every table with the fields that it and the tool both have. What the tool prints and is not compared, with the reason:
 * - links: see `links.ts`
 * - addresses: lifetimes, which run
 * - routes: `expires`, which runs; what is derived from a nexthop object, which the table leaves to the object
 *   (`nexthop_compat_mode`); encapsulations but seg6, which no operation makes
 * - nexthops: the time for which a resilient group has been unbalanced, which runs
 * - neighbours: those without a link-layer address and those that the kernel makes for groups, which it announces by no
 *   message and the table leaves out; STALE and DELAY count as the same, since the kernel is silent between them; proxies
 * - forwarding entries: the address lists of interfaces (`self` of what is no vxlan), of which the kernel announces nothing
 * - multicast groups: timers of groups and sources, which run; router ports, which are no entries
 *
 * What tables have and the tool does not print: the family of nexthops, the type of neighbours, `carrier` and `type` of links,
 * the protocol of addresses, `dscp` and flow labels of rules. A fresh dump has it all, and is compared in every field.
 */
export const followedTables: readonly FollowedTable[] = [
  table({ definition: linkDefinition, told: ipLinks, ours: (links) => linksAsIpShows([...links]) }),
  table({ definition: addressDefinition, told: ipAddresses, ours: (entries) => entries.map(addressText) }),
  table({ definition: ruleDefinition, told: ipRules, ours: (entries) => entries.map(ruleText) }),
  table({
    definition: routeDefinition,
    told: (netns) => ipRoutes(netns).map(textOf),
    ours: (entries, names) => entries.map((entry) => textOf(routeShown(entry, names))),
  }),
  table({ definition: nexthopDefinition, told: ipNexthops, ours: nexthopsAsIpShows }),
  table({
    definition: neighborDefinition,
    told: neighborsOfIp,
    ours: (entries) => entries.map((entry) => textOf(neighborShown(entry))),
  }),
  table({
    definition: fdbDefinition,
    told: (netns) => bridgeFdb(netns).map(textOf),
    ours: (entries) => entries.map((entry) => textOf(asBridgeShows(entry))),
  }),
  table({
    definition: vlanDefinition,
    told: (netns) => (abilities.vlans ? shownVlans(netns) : []),
    ours: (entries) => entries.map(vlanText),
  }),
  table({
    definition: vniDefinition,
    told: (netns) => (abilities.vnis ? shownVnis(netns) : []),
    ours: (entries) => entries.map(vniText),
  }),
  table({ definition: mdbDefinition, told: shownMdb, ours: (entries) => entries.map(mdbText) }),
]

function table<Entry>(followed: FollowedTable<Entry>): FollowedTable {
  return followed as unknown as FollowedTable
}

/** Names of interfaces by index. */
export function namesOf(links: Iterable<Link>): Map<number, string> {
  return new Map(Array.from(links, ({ ifindex, ifname = '' }) => [ifindex, ifname]))
}
