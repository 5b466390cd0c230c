import { LinkTable } from '@rtnl/link'
import { type Route, RouteTable, RouteTableId } from '@rtnl/route'

const [netns] = process.argv.slice(2)

// Both tables hear of changes by one socket, in the kernel's order.
await using routes = await RouteTable.open({ netns, table: RouteTableId.MAIN })
await using links = await LinkTable.open({ notifier: routes.notifier })

const families = [
  { name: 'IPv4', dst: '0.0.0.0/0' },
  { name: 'IPv6', dst: '::/0' },
]
const said = new Map<string, string>()
// Default routes by key: there may be several, of which the kernel takes one with the smallest metric.
const defaults = new Map<string, Route>()

function way({ gateway, via, oif }: Pick<Route, 'gateway' | 'via' | 'oif'>): string {
  const name = oif === undefined ? '' : `dev ${links.ifname(oif) ?? oif}`
  return [gateway ?? via, name].filter((word) => word !== undefined && word !== '').join(' ')
}

function chosen(dst: string): string {
  const metrics = [...defaults.values()].flatMap((route) => (route.dst === dst ? [route.priority ?? 0] : []))
  // The table may be ahead of the changes: of a route that is gone we may not have heard yet.
  const [route] = metrics.sort((a, b) => a - b).flatMap((priority) => routes.get({ dst, priority }) ?? [])
  if (route === undefined) return 'none'
  return route.nhId === undefined ? (route.multipath ?? [route]).map(way).join(', ') : `nexthop ${route.nhId}`
}

for await (const { event, changes } of routes.changes()) {
  for (const { kind, key, entry } of changes) {
    if (!families.some(({ dst }) => dst === entry.dst)) continue
    if (kind === 'removed') defaults.delete(key)
    else defaults.set(key, entry)
  }
  // The content at the beginning comes in several batches.
  if (event === 'change' && said.size === 0) continue
  for (const { name, dst } of families) {
    const now = chosen(dst)
    if (said.get(name) !== now) console.log(`${name} default: ${now}`)
    said.set(name, now)
  }
}
