// Makes the kernel hold what is wanted: everything from the call on counts, the reading of the table too.
import { reconcile } from '@rtnl/reconcile'
import { routeOwner } from '@rtnl/route'
import { answer, parameters, peakBytes } from '../contestant.ts'
import { LoopHold } from '../loop-hold.ts'
import { type RouteSet, routesOf } from '../route-set.ts'

interface Parameters {
  readonly set: RouteSet
  /** Nothing is wanted. */
  readonly empty?: boolean
  /** Every so many routes is wanted by another gateway than the writer in C has it. */
  readonly turnedEvery?: number
}

const { set, empty = false, turnedEvery } = parameters<Parameters>()
const desired = empty ? [] : routesOf(set, turnedEvery)
const hold = await LoopHold.start()
const start = performance.now()
const outcome = await reconcile(routeOwner(set), desired, { netns: set.netns })
const seconds = (performance.now() - start) / 1000
const holds = hold.stop()
if (outcome.failed[0] !== undefined) throw outcome.failed[0].error
const { changes: sent, conflicts } = outcome
if (conflicts.length > 0) throw new Error(`${conflicts.length} routes of others are in the way`)
await answer({ seconds, sent, ...holds, peakBytes: peakBytes() })
