import { formatLearnedRoute, RouteExchange } from '@rtnl/route'

const [netns] = process.argv.slice(2)

await using exchange = await RouteExchange.open({ netns })

// A routing daemon takes what is advertised from table 1000, and puts there what it has learned.
const { error, learned } = await exchange.run([
  {
    name: 'router',
    table: 1000,
    routes: [
      { dst: '192.0.2.0/24', priority: 100 },
      { dst: '198.51.100.0/24', priority: 1000, nexthop: '10.0.0.2' },
    ],
    ports: [{ name: 'uplink', ifname: 'v0' }],
  },
])
if (error !== undefined) console.error(error.message)
for (const route of learned) console.log(`${route.datapath} ${route.port}: ${formatLearnedRoute(route)}`)
