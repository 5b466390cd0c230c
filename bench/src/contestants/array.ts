// Reads routes into an array of entries, with addresses as text: what most libraries give.
import { Connection } from '@rtnl/netlink-core'
import { type Route, RouteMessage, routeMessage } from '@rtnl/route'
import { answer, heldBytes, parameters, peakBytes } from '../contestant.ts'
import { LoopHold } from '../loop-hold.ts'

const { netns, family } = parameters<{ netns: string; family: number }>()
await using connection = await Connection.open({ netns })

const routes: Route[] = []
const hold = await LoopHold.start()
const start = performance.now()
const batches = connection.dump({
  message: routeMessage,
  type: RouteMessage.GET,
  entry: { family },
  operation: 'dump routes',
})
for await (const batch of batches) for (const route of batch) routes.push(route)
const seconds = (performance.now() - start) / 1000
const holds = hold.stop()
const peak = peakBytes()
const held = heldBytes()
const texts = routes.filter(({ dst }) => typeof dst === 'string').length
if (texts !== routes.filter(({ dst }) => dst !== undefined).length) throw new Error('an address is no text')
await answer({ seconds, routes: routes.length, ...holds, peakBytes: peak, heldBytes: held })
