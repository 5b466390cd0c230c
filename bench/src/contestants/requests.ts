// Adds or deletes routes by plain requests: what a program can do that knows what is to be sent.
import { AddressFamily, type BulkRequest, Connection, MessageFlag, RouteScope } from '@rtnl/netlink-core'
import { type Route, RouteMessage, RouteType, routeMessage } from '@rtnl/route'
import { answer, parameters, peakBytes } from '../contestant.ts'
import { LoopHold } from '../loop-hold.ts'
import { type RouteSet, routesOf, scattered } from '../route-set.ts'

const { set, action } = parameters<{ set: RouteSet; action: 'add' | 'delete' }>()
const routes = routesOf(set)
await using connection = await Connection.open({ netns: set.netns })

function* additions(): Generator<BulkRequest<Route>, void, undefined> {
  const flags = MessageFlag.CREATE | MessageFlag.EXCL
  for (const route of routes) {
    const entry = { family: AddressFamily.INET, type: RouteType.UNICAST, scope: RouteScope.UNIVERSE, ...route }
    yield { message: routeMessage, type: RouteMessage.NEW, flags, entry, operation: () => `add ${route.dst}` }
  }
}

function* deletions(): Generator<BulkRequest<Route>, void, undefined> {
  for (const number of scattered(routes.length)) {
    const entry = { family: AddressFamily.INET, type: RouteType.UNICAST, scope: RouteScope.NOWHERE, ...routes[number] }
    yield { message: routeMessage, type: RouteMessage.DEL, entry, operation: () => `delete ${entry.dst}` }
  }
}

const hold = await LoopHold.start()
const start = performance.now()
const { done, failed } = await connection.requestAll(action === 'add' ? additions() : deletions())
const seconds = (performance.now() - start) / 1000
const holds = hold.stop()
if (failed[0] !== undefined) throw failed[0].error
await answer({ seconds, sent: done, ...holds, peakBytes: peakBytes() })
