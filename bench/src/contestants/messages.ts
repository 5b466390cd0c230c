// Receives a dump of routes and counts the messages, without a look into them.
import { Connection } from '@rtnl/netlink-core'
import { RouteMessage, routeMessage } from '@rtnl/route'
import { answer, parameters, peakBytes } from '../contestant.ts'

const { netns, family } = parameters<{ netns: string; family: number }>()
await using connection = await Connection.open({ netns })

let routes = 0
const start = performance.now()
await connection.dumpInto(
  { message: routeMessage, type: RouteMessage.GET, entry: { family }, operation: 'dump routes' },
  {
    message() {
      routes++
    },
    restart() {
      routes = 0
    },
  },
)
const seconds = (performance.now() - start) / 1000
await answer({ seconds, routes, peakBytes: peakBytes() })
