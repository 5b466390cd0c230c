// Follows the routes of a namespace by a live table, and does what it is received.
import { AddressFamily, Connection } from '@rtnl/netlink-core'
import { type Route, RouteMessage, RouteTable, routeMessage } from '@rtnl/route'
import { answer, parameters, peakBytes, processorSeconds } from '../contestant.ts'
import type { FollowerCommand, FollowerCounts, FollowerParameters } from '../follower.ts'
import { LoopHold } from '../loop-hold.ts'

const { netns, reads } = parameters<FollowerParameters>()
const table = await RouteTable.open({ netns })
const { connection } = table.notifier

let received = 0

async function readChanges(): Promise<void> {
  for await (const { changes } of table.changes({ initial: false })) received += changes.length
}

const reading = reads ? readChanges() : undefined

/** Seconds by the clock that the writer in C uses too. */
const now = (): number => Number(process.hrtime.bigint()) / 1e9

interface Counters {
  readonly processorSeconds: number
  readonly drops: number
  readonly overruns: number
  readonly relists: number
  readonly received: number
}

const counters = (): Counters => ({
  processorSeconds: processorSeconds(),
  drops: connection.stats().drops,
  overruns: connection.counters.overruns,
  relists: table.relists,
  received,
})

let before = counters()
let hold = await LoopHold.start()
let unblocked: number | undefined

/** The reader comes after the table. */
async function readerIsDone(): Promise<void> {
  if (reading === undefined) return
  for (let seen = -1; seen !== received; ) {
    seen = received
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

async function catchUp(): Promise<FollowerCounts> {
  await table.waitForSync()
  const fresh = now()
  await readerIsDone()
  const after = counters()
  const holds = hold.stop()
  return {
    fresh,
    ...(unblocked === undefined ? {} : { unblocked }),
    processorSeconds: after.processorSeconds - before.processorSeconds,
    drops: after.drops - before.drops,
    overruns: after.overruns - before.overruns,
    relists: after.relists - before.relists,
    ...(reads ? { received: after.received - before.received } : {}),
    ended: 0,
    ...holds,
    peakBytes: peakBytes(),
  }
}

async function readAgain(): Promise<Route[]> {
  await using other = await Connection.open({ netns })
  const routes: Route[] = []
  for (const family of [AddressFamily.INET, AddressFamily.INET6]) {
    const request = { message: routeMessage, type: RouteMessage.GET, entry: { family }, operation: 'dump routes' }
    for await (const batch of other.dump(request)) routes.push(...batch)
  }
  return routes
}

/** Entries of the table that a fresh dump does not show, and the other way round. */
async function compare(): Promise<number> {
  const surplus = new Map<string, number>()
  const count = (route: Route, by: 1 | -1): void => {
    const text = JSON.stringify(route)
    surplus.set(text, (surplus.get(text) ?? 0) + by)
  }
  for (const route of table) count(route, 1)
  for (const route of await readAgain()) count(route, -1)
  return [...surplus.values()].reduce((sum, number) => sum + Math.abs(number), 0)
}

/** Holds the event loop without any work, so that the processor is left to the others. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
  unblocked = now()
}

async function obey(command: FollowerCommand): Promise<void> {
  switch (command.do) {
    case 'begin':
      hold.stop()
      hold = await LoopHold.start()
      before = counters()
      unblocked = undefined
      return answer({})
    case 'block':
      await answer({})
      return block(command.milliseconds)
    case 'catch up':
      return answer(await catchUp())
    case 'read the clock':
      return answer({ clock: now() })
    case 'compare':
      return answer({ lost: await compare() })
  }
}

process.on('message', obey)
process.on('disconnect', () => table.close())
await answer({})
