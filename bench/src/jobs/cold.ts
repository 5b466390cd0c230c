import { AddressFamily } from '@rtnl/netlink-core'
import { runContestant } from '../node-process.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { Job } from './job.ts'
import { ratiosToFirst } from './to-first.ts'

const fullCount = 10_000

/** Cold: what a process reads first runs before anything is compiled. */
export const cold: Job = {
  name: 'cold',
  title: 'reads a table of moderate size in a process that has read nothing before',
  runs: 11,
  async run(bench) {
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    await namespace.write(['add'], { count })
    const { messages: ipv4 = 0 } = await namespace.drain('inet')
    const one = { netns: namespace.name, family: AddressFamily.INET }
    const contestants: Contestant[] = [
      { name: 'C: recv() only', routes: ipv4, measure: () => namespace.drain('inet') },
      {
        name: 'entries, key and gateway read',
        routes: ipv4,
        measure: () => runContestant<Sample>('stream', { ...one, fields: 'key' }),
      },
      {
        name: 'live table',
        routes: ipv4,
        measure: () => runContestant<Sample>('live-table', { netns: namespace.name, table: 'routes' }),
      },
    ]
    const samples = await bench.inTurn(contestants)
    return {
      columns: [
        { name: 'seconds', title: 'time', unit: 'milliseconds' },
        { name: 'ratio', title: 'to C', unit: 'ratio' },
        { name: 'longestHold', title: 'event loop held', unit: 'milliseconds' },
        { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
      ],
      rows: ratiosToFirst(contestants, samples),
    }
  },
}
