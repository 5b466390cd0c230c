// Opens the live table of all routes: it is ready when the table is read.
import { RouteTable } from '@rtnl/route'
import { answer, heldBytes, parameters, peakBytes } from '../contestant.ts'

const { netns } = parameters<{ netns: string }>()

const start = performance.now()
await using table = await RouteTable.open({ netns })
const seconds = (performance.now() - start) / 1000
const peak = peakBytes()
await answer({ seconds, routes: table.size, peakBytes: peak, heldBytes: heldBytes() })
