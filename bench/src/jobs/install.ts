import { runContestant } from '../node-process.ts'
import type { Sample } from '../sample.ts'
import type { Job } from './job.ts'
import { writeRoutes } from './write-routes.ts'

/** Install: routes come into an empty table, with an ack for each. */
export const install: Job = {
  name: 'install',
  title: 'adds IPv4 routes to an empty table, with an ack for each',
  runs: 3,
  run: (bench) => writeRoutes(bench, 'add', { 'reconcile()': (set) => runContestant<Sample>('reconcile', { set }) }),
}
