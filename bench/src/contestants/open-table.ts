// Opens the live table that routes of ours are compared with: the least that a comparison takes.
import { openTable } from '@rtnl/live-table'
import { routeOwner } from '@rtnl/route'
import { answer, parameters, peakBytes } from '../contestant.ts'
import { LoopHold } from '../loop-hold.ts'
import type { RouteSet } from '../route-set.ts'

const { set } = parameters<{ set: RouteSet }>()
const hold = await LoopHold.start()
const start = performance.now()
const table = await openTable(routeOwner(set).definition, { netns: set.netns })
const seconds = (performance.now() - start) / 1000
const holds = hold.stop()
const { size } = table
table.close()
if (size !== set.count) throw new Error(`the table has ${size} routes, not ${set.count}`)
await answer({ seconds, ...holds, peakBytes: peakBytes() })
