import { runContestant } from '../node-process.ts'
import type { Sample } from '../sample.ts'
import type { Job } from './job.ts'
import { writeRoutes } from './write-routes.ts'

/** Remove: nothing is wanted any more of a table full of routes of ours. */
export const remove: Job = {
  name: 'remove',
  title: 'removes all IPv4 routes of a table, with an ack for each',
  runs: 3,
  run: (bench) =>
    writeRoutes(bench, 'delete', {
      'reconcile() with nothing': (set) => runContestant<Sample>('reconcile', { set, empty: true }),
      'keep(), then nothing': (set) => runContestant<Sample>('keep', { set, what: 'empty' }),
    }),
}
