import { LinkTable } from '@rtnl/link'
import { nexthopOwner } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { keep } from '@rtnl/reconcile'
import { routeOwner } from '@rtnl/route'

const [first, second, netns] = process.argv.slice(2)
if (first === undefined || second === undefined) {
  console.error('usage: keep-ecmp INTERFACE INTERFACE [NETNS]')
  process.exit(2)
}

const notifier = await Notifier.open({ netns })
await using links = await LinkTable.open({ notifier })
const indexOf = (name: string): number => {
  const ifindex = links.ifindex(name)
  if (ifindex !== undefined) return ifindex
  console.error(`there is no interface ${name}`)
  process.exit(2)
}
const ways = [
  { id: 1, gateway: '10.0.0.2', oif: indexOf(first) },
  { id: 2, gateway: '10.0.1.2', oif: indexOf(second) },
]
const weighted = (weight: number) => ({
  id: 10,
  group: [
    { id: 1, weight },
    { id: 2, weight: 1 },
  ],
})

await using nexthops = await keep(nexthopOwner({ protocol: 84 }), [...ways, weighted(1)], { notifier })
await nexthops.idle()
await using routes = await keep(
  routeOwner({ table: 100, protocol: 84 }),
  [
    { dst: '192.0.2.0/24', nhId: 10 },
    { dst: '198.51.100.0/24', nhId: 10 },
  ],
  { notifier },
)
await routes.idle()

// All routes by the group follow; none of them is written again.
const { requests } = nexthops
nexthops.set(weighted(3))
await nexthops.idle()
console.log(`${nexthops.requests - requests} request for ${routes.size} routes`)

await routes.closed
