// Wants nexthops and groups that the kernel has: compares them all, or keeps them and replaces single members.

import { type NexthopEntry, nexthopOwner } from '@rtnl/nexthop'
import { keep, reconcile } from '@rtnl/reconcile'
import { answer, parameters, peakBytes } from '../contestant.ts'
import { LoopHold } from '../loop-hold.ts'
import { median } from '../median.ts'
import { type NexthopSet, nexthopsOf, nexthopTo } from '../nexthop-set.ts'

const changes = 100

const { set, what } = parameters<{ set: NexthopSet; what: 'compare' | 'replace' }>()
const owner = nexthopOwner({ protocol: set.protocol })
const desired: NexthopEntry[] = [...nexthopsOf(set)]

async function compare() {
  const hold = await LoopHold.start()
  const start = performance.now()
  const outcome = await reconcile(owner, desired, { netns: set.netns })
  const seconds = (performance.now() - start) / 1000
  if (outcome.failed[0] !== undefined) throw outcome.failed[0].error
  return { seconds, sent: outcome.changes, ...hold.stop() }
}

/** @returns the median of the times of single members, as they are too short for a mean that means something */
async function replaceMembers() {
  await using controller = await keep(owner, desired, { netns: set.netns })
  const times: number[] = []
  const before = controller.requests
  const hold = await LoopHold.start()
  for (let turn = 0; turn < changes; turn++) {
    const id = 1 + Math.floor((turn * set.count) / changes)
    const start = performance.now()
    controller.set(nexthopTo(set, id, 1))
    await controller.idle()
    times.push((performance.now() - start) / 1000)
  }
  const holds = hold.stop()
  const sent = (controller.requests - before) / changes
  if (controller.failed[0] !== undefined) throw controller.failed[0].error
  // Back to what there was.
  for (let turn = 0; turn < changes; turn++)
    controller.set(nexthopTo(set, 1 + Math.floor((turn * set.count) / changes)))
  await controller.idle()
  return { seconds: median(times), sent, ...holds }
}

const result = await (what === 'compare' ? compare() : replaceMembers())
await answer({ ...result, peakBytes: peakBytes() })
