// Reads routes as entries, one batch after the other, and looks at the key and the gateway of each, or at every field.
import { Connection } from '@rtnl/netlink-core'
import { type Route, RouteMessage, routeMessage } from '@rtnl/route'
import { answer, parameters, peakBytes } from '../contestant.ts'
import { LoopHold } from '../loop-hold.ts'

const { netns, family, fields } = parameters<{ netns: string; family: number; fields: 'key' | 'all' }>()
await using connection = await Connection.open({ netns })

let routes = 0
let letters = 0

function readKeys(batch: readonly Route[]): void {
  for (const { table, dst, tos, priority, gateway } of batch) {
    routes++
    letters += (table ?? 0) + (dst?.length ?? 0) + tos + (priority ?? 0) + (gateway?.length ?? 0)
  }
}

function readFields(batch: readonly Route[]): void {
  for (const route of batch) {
    routes++
    for (const value of Object.values(route)) letters += typeof value === 'string' ? value.length : Number(value)
  }
}

const read = fields === 'key' ? readKeys : readFields
const hold = await LoopHold.start()
const start = performance.now()
const batches = connection.dump({
  message: routeMessage,
  type: RouteMessage.GET,
  entry: { family },
  operation: 'dump routes',
})
for await (const batch of batches) read(batch)
const seconds = (performance.now() - start) / 1000
await answer({ seconds, routes, letters, ...hold.stop(), peakBytes: peakBytes() })
