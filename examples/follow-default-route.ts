import { LinkTable } from '@rtnl/link'
import { RouteTable, RouteTableId } from '@rtnl/route'

const netns = process.argv[2]

// Both tables hear of changes by one socket, in the kernel's order.
const routes = await RouteTable.open({ netns, table: RouteTableId.MAIN })
const links = await LinkTable.open({ notifier: routes.notifier })

const families = [
  { name: 'IPv4', dst: '0.0.0.0/0' },
  { name: 'IPv6', dst: '::/0' },
]
const said = new Map()
// Default routes by key: there may be several, of which the kernel takes one with the smallest metric.
const defaults = new Map()

for await (const { event, changes } of routes.changes()) {
  for (const { kind, key, entry } of changes) {
    if (!families.some(({ dst }) => dst === entry.dst)) continue
    if (kind === 'removed') defaults.delete(key)
    else defaults.set(key, entry)
  }
  // The content at the beginning comes in several batches.
  if (event === 'change' && said.size === 0) continue
  for (const { name, dst } of families) {
    const ofFamily = [...defaults.values()].filter((route) => route.dst === dst)
    const metrics = ofFamily.map(({ priority = 0 }) => priority).sort((one, other) => one - other)
    // The table may be ahead of the changes: of a route that is gone we may not have heard yet.
    const [route] = metrics.flatMap((priority) => routes.get({ dst, priority }) ?? [])
    const hops = route === undefined ? [] : (route.multipath ?? [route])
    const ways = hops.map(({ gateway, via, oif }) => {
      const dev = oif === undefined ? '' : `dev ${links.ifname(oif) ?? oif}`
      return [gateway ?? via ?? '', dev].filter((word) => word !== '').join(' ')
    })
    const now = route?.nhId === undefined ? ways.join(', ') || 'none' : `nexthop ${route.nhId}`
    if (said.get(name) !== now) console.log(`${name} default: ${now}`)
    said.set(name, now)
  }
}
