// Tables and sockets that are opened, used and closed without end, in worker threads and without.
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { NexthopTable } from '@rtnl/nexthop'
import { RouteTable } from '@rtnl/route'
import {
  countResources,
  countResourcesUntil,
  type Resources,
} from '../../packages/netlink-core/test/native/resources.ts'
import { states } from '../../packages/netlink-core/test/native/states.ts'
import { Choice } from '../crashes/src/choice.ts'
import type { Options } from './options.ts'
import { inMebibytes, MemoryCurve, type Outcome } from './outcome.ts'
import type { Job } from './worker.ts'

/** Rounds in which the runtime opens what it keeps. */
const warmUp = 4
/** Tables that are opened and closed between two workers. */
const tablesARound = 10
/** Milliseconds between the beginning of a worker and its early end, at most: it opens its tables or sockets meanwhile. */
const earlyEnd = 30

const jobs: readonly Job[] = ['tables', ...states]
const ends = ['exit', 'unref', 'terminate', 'terminate early'] as const

const one = <Value>(choice: Choice, values: readonly Value[]): Value => values[choice.below(values.length)]!

/** Descriptors that the runtime may open for itself in the course of time. One a round would be many more. */
const play = 20

/** Descriptors of `epoll` and of events, of which the addon has some too. */
function countEvents(): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('anon_inode:')
    } catch {
      return false
    }
  }).length
}

/** Runs a worker until its end. */
async function runWorker(choice: Choice): Promise<string> {
  const job = one(choice, jobs)
  const end = one(choice, ends)
  const worker = new Worker(new URL('./worker-entry.mjs', import.meta.url), { workerData: { job, end } })
  const ended = once(worker, 'exit')
  const told = (what: string): Promise<void> =>
    new Promise((resolve) => {
      worker.on('message', (message) => {
        if (message === what) resolve()
      })
    })
  const [begins, ready] = [told('begins'), told('ready')]
  // While Node.js loads modules, a worker that is terminated leaves their files open.
  await Promise.race([begins, ended])
  if (end === 'terminate early') await delay(choice.below(earlyEnd))
  else await Promise.race([ready, ended])
  if (end.startsWith('terminate')) await worker.terminate()
  await ended
  return `${job}, ${end}`
}

/** Opens tables, reads and closes, at different moments. */
async function useTables(choice: Choice): Promise<void> {
  for (let count = 0; count < tablesARound; count++) {
    const Table = one(choice, [RouteTable, NexthopTable])
    const table = await Table.open()
    const reading = (async () => {
      for await (const batch of table.changes()) if (batch.changes.length === 0) return
    })()
    if (choice.below(2) === 0) await delay(choice.below(3))
    table.close()
    await reading
  }
}

/** Runs until the time is over. */
export async function workers({ seconds, seed }: Options, tell: (line: string) => void): Promise<Outcome> {
  const choice = new Choice(seed)
  const memory = new MemoryCurve()
  const problems: string[] = []
  const end = performance.now() + seconds * 1000
  // Standard input and output may be sockets too.
  const { sockets: given, namespaces: held } = countResources()
  let mostEvents = 0
  let mostThreads = 0
  let first: Resources | undefined
  let left: Resources | undefined
  let round = 0
  tell(`seed ${seed}`)
  for (let lastTold = performance.now(); problems.length === 0; round++) {
    if (round > warmUp && performance.now() >= end) break
    await useTables(choice)
    const what = await runWorker(choice)
    const isGone = ({ sockets, namespaces, threads }: Resources): boolean =>
      sockets <= given && namespaces <= held && threads === 0 && (round < warmUp || countEvents() <= mostEvents)
    left = await countResourcesUntil(isGone)
    const tasks = readdirSync('/proc/self/task').length
    if (!isGone(left)) {
      problems.push(
        `round ${round}, ${what}: ${JSON.stringify(left)} is left, and ${countEvents()} events of ${mostEvents}`,
      )
    }
    if (round < warmUp) {
      first = left
      mostEvents = Math.max(mostEvents, countEvents())
      mostThreads = Math.max(mostThreads, tasks)
    } else memory.add(process.memoryUsage.rss())
    if (performance.now() - lastTold < 10_000) continue
    lastTold = performance.now()
    tell(
      `${round} rounds, ${left.descriptors} descriptors, ${tasks} threads, ${inMebibytes(process.memoryUsage.rss())}`,
    )
  }
  const tasks = readdirSync('/proc/self/task').length
  if (tasks > mostThreads + play) problems.push(`${tasks} threads at the end, ${mostThreads} at the start`)
  const [before, after] = [first?.descriptors ?? 0, left?.descriptors ?? 0]
  if (after > before + play) problems.push(`${after} descriptors at the end, ${before} at the start`)
  problems.push(...memory.problems)
  return {
    figures: {
      seconds,
      seed,
      workers: round,
      'tables opened and closed': round * tablesARound,
      'descriptors at the start': before,
      'descriptors at the end': after,
      'threads at the start': mostThreads,
      'threads at the end': tasks,
      ...memory.figures,
    },
    problems,
  }
}
