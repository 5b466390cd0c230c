// Keeps routes in the kernel, then wants others: only what comes after the first settling counts.
import { type Controller, type DesiredEntry, keep } from '@rtnl/reconcile'
import { type Route, routeOwner } from '@rtnl/route'
import { answer, parameters, peakBytes } from '../contestant.ts'
import { LoopHold } from '../loop-hold.ts'
import { median } from '../median.ts'
import { type RouteSet, routeOf, routesOf } from '../route-set.ts'

interface Parameters {
  readonly set: RouteSet
  /** Wants nothing any more, or changes single routes one after the other. */
  readonly what: 'empty' | 'change'
}

const changes = 100

const { set, what } = parameters<Parameters>()
await using controller = await keep(routeOwner(set), routesOf(set), { netns: set.netns })

async function empty(controller: Controller<Route, DesiredEntry<Route>>): Promise<number> {
  const start = performance.now()
  await controller.assign([])
  await controller.idle()
  return (performance.now() - start) / 1000
}

/** @returns the median, as single changes are too short for a mean that means something */
async function change(controller: Controller<Route, DesiredEntry<Route>>): Promise<number> {
  const times: number[] = []
  for (let turn = 0; turn < changes; turn++) {
    const route = routeOf(set, Math.floor((turn * set.count) / changes), 1)
    const start = performance.now()
    controller.set(route)
    await controller.idle()
    times.push((performance.now() - start) / 1000)
  }
  return median(times)
}

const before = controller.requests
const hold = await LoopHold.start()
const seconds = await (what === 'empty' ? empty : change)(controller)
const holds = hold.stop()
if (controller.failed[0] !== undefined) throw controller.failed[0].error
const requests = controller.requests - before
await answer({ seconds, sent: what === 'empty' ? requests : requests / changes, ...holds, peakBytes: peakBytes() })
