// In a worker: does its job, says so, and ends as told, or waits to be terminated.
import process from 'node:process'
import { parentPort, workerData } from 'node:worker_threads'
import { NexthopTable } from '@rtnl/nexthop'
import { RouteTable } from '@rtnl/route'
import { enter, type State } from '../../packages/netlink-core/test/native/states.ts'

/** What a worker holds when it ends: tables that are read, or sockets in a state. */
export type Job = 'tables' | State

const { job, end } = workerData as { readonly job: Job; readonly end: string }

parentPort?.postMessage('begins')
if (job === 'tables') {
  const nexthops = await NexthopTable.open()
  const routes = await RouteTable.open()
  for (const table of [nexthops, routes]) {
    void (async () => {
      for await (const { changes } of table.changes()) if (changes.length > 1_000_000) throw new Error('too many')
    })()
  }
  // Nobody waits for it any more; it ends with the worker.
  if (end === 'unref') for (const table of [nexthops, routes]) table.close()
} else {
  const transports = await enter(job)
  if (end === 'unref') for (const transport of transports) transport.unref()
}
parentPort?.postMessage('ready')
if (end === 'exit') process.exit(0)
if (end.startsWith('terminate')) setInterval(() => {}, 1000)
