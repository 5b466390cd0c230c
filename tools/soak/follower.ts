// A process that follows the routes of a namespace in a storm: one reader reads, another one stalls.
import { readdirSync } from 'node:fs'
import process from 'node:process'
import type { ChangeBatch } from '@rtnl/live-table'
import { dumpRoutes, type Route, RouteTable } from '@rtnl/route'
import type { Counted, Finished, FollowerParameters, Question, Questions } from './follower-process.ts'

/** Milliseconds for which the event loop is blocked, and between two times. */
const blocked = 100
const free = 400

const { netns, limits } = JSON.parse(process.argv[2] ?? '') as FollowerParameters
const table = await RouteTable.open({ netns, ...limits })
const { connection } = table.notifier

class Fold {
  readonly entries = new Map<string, Route>()
  changes = 0
  told = 0

  take(batch: ChangeBatch<Route>): void {
    if (batch.event === 'resync' && batch.reason === 'overrun') this.told++
    for (const { kind, key, entry } of batch.changes) {
      this.changes++
      if (kind === 'removed') this.entries.delete(key)
      else this.entries.set(key, entry)
    }
  }
}

const reader = new Fold()
const stalled = new Fold()
let go: () => void = () => {}
const gone = new Promise<void>((resolve) => {
  go = resolve
})
const reading = (async () => {
  for await (const batch of table.changes()) reader.take(batch)
})()
const stalling = (async () => {
  for await (const batch of table.changes()) {
    stalled.take(batch)
    await gone
  }
})()

const blocking =
  limits === undefined
    ? undefined
    : setInterval(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blocked), blocked + free)

function differences(one: Iterable<Route>, other: Iterable<Route>): number {
  const surplus = new Map<string, number>()
  const add = (route: Route, by: number): void => {
    const text = JSON.stringify(route)
    surplus.set(text, (surplus.get(text) ?? 0) + by)
  }
  for (const route of one) add(route, 1)
  for (const route of other) add(route, -1)
  return [...surplus.values()].reduce((sum, number) => sum + Math.abs(number), 0)
}

async function finish(): Promise<Finished> {
  clearInterval(blocking)
  while (table.state !== 'live') await table.waitForSync()
  await table.waitForSync()
  const dumped: Route[] = []
  for await (const batch of dumpRoutes(connection)) dumped.push(...batch)
  const entries = [...table]
  const { overruns, drops } = connection.stats()
  const resident = process.memoryUsage.rss()
  const threads = readdirSync('/proc/self/task').length
  const descriptors = readdirSync('/proc/self/fd').length
  const { relists } = table
  // The readers get what is left.
  go()
  table.close()
  await Promise.all([reading, stalling])
  return {
    entries: entries.length,
    differences: {
      'table and dump': differences(entries, dumped),
      'changes of the reader and dump': differences(reader.entries.values(), dumped),
      'changes of the stalled reader and dump': differences(stalled.entries.values(), dumped),
    },
    ...{ overruns, drops, relists, resident, threads, descriptors },
    told: reader.told,
    changes: reader.changes,
  }
}

function count(): Counted {
  const { pending, overruns } = connection.stats()
  return { state: table.state, resident: process.memoryUsage.rss(), pending, overruns }
}

async function answer(question: Question): Promise<Questions[keyof Questions]['answer']> {
  if (question.do === 'count') return count()
  if (question.do === 'finish') return await finish()
  await table.waitForSync()
  return { shown: table.get({ dst: `${question.marker}/32` })?.gateway }
}

process.on('message', async (question: Question) => process.send?.(await answer(question)))
process.on('disconnect', () => process.exit())
process.send?.({})
