// Reads routes as entries, one batch after the other, and looks at the key and the gateway of each.
import { Connection } from '@rtnl/netlink-core'
import { RouteMessage, routeMessage } from '@rtnl/route'
import { answer, parameters, peakBytes } from '../contestant.ts'

const { netns, family } = parameters<{ netns: string; family: number }>()
await using connection = await Connection.open({ netns })

let routes = 0
let letters = 0
const start = performance.now()
const batches = connection.dump({
  message: routeMessage,
  type: RouteMessage.GET,
  entry: { family },
  operation: 'dump routes',
})
for await (const batch of batches) {
  for (const { table, dst, tos, priority, gateway } of batch) {
    routes++
    letters += (table ?? 0) + (dst?.length ?? 0) + tos + (priority ?? 0) + (gateway?.length ?? 0)
  }
}
const seconds = (performance.now() - start) / 1000
await answer({ seconds, routes, letters, peakBytes: peakBytes() })
