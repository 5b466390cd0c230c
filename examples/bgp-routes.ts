import { LinkTable } from '@rtnl/link'
import { RouteProtocol } from '@rtnl/netlink-core'
import { NexthopTable } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { learnedRoutes, RouteTable } from '@rtnl/route'

const [table = '254', netns] = process.argv.slice(2)

await using notifier = await Notifier.open({ netns })
await using links = await LinkTable.open({ notifier })
await using nexthops = await NexthopTable.open({ notifier })
await using routes = await RouteTable.open({ notifier, table: Number(table), protocol: RouteProtocol.BGP })

for await (const { event, changes } of routes.changes()) {
  if (event === 'synced') console.log(`${routes.size} routes in table ${table}`)
  for (const { kind, entry } of changes) {
    // Of a route that is gone, and of one by a nexthop object that is gone with it, nothing else is left to say.
    const ways = kind === 'removed' ? [] : learnedRoutes(entry, { nexthops, links })
    const hops = ways.map(({ nexthop, ifname }) => ` via ${nexthop} dev ${ifname}`)
    console.log(`${kind} ${entry.dst}${hops.join('')}`)
  }
}
