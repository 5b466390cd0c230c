import { areTooManyArguments } from '@rtnl/compliance'
import { type LearnedRoute, RouteExchange, syncRoutes } from '@rtnl/route'
import { type ManyExchanged, manyPrefixes } from './many-prefixes.ts'

// Learns what is in a table, and advertises as many routes to a gateway in nobody's network.
const [netns = ''] = process.argv.slice(2)
const textOf = ({ prefix, plen }: LearnedRoute): string => `${prefix}/${plen}`

await using running = await RouteExchange.open({ netns })
const ports = [{ name: 'port', ifname: 'v0' }]
const routes = manyPrefixes.map((dst) => ({ dst, priority: 7, nexthop: '192.168.77.1' }))
const { learned, tables, error } = await running.run([{ name: 'east', table: 1000, routes, ports }])
const left = await running.remove()
const again = await syncRoutes([], { netns, table: 1000 })
const told: ManyExchanged = {
  areTooMany: areTooManyArguments(manyPrefixes),
  learned: learned.map(textOf),
  failed: tables[0]?.failed.length ?? 0,
  error: (error as Error).message,
  left: left.length,
  learnedAgain: again.learned.map(textOf),
}
console.log(JSON.stringify(told))
