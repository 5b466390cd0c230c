import type { BenchNamespace } from '../bench-namespace.ts'
import { Follower } from '../follower.ts'
import type { Sample } from '../sample.ts'
import type { Job } from './job.ts'

const fullCount = 50_000
const milliseconds = 2000

/** Stall: the event loop of the follower stands still while the kernel changes its routes. */
export const stall: Job = {
  name: 'stall',
  title: `changes while the event loop of the follower is blocked for ${milliseconds / 1000} s`,
  async run(bench) {
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    const contestants = [
      { name: 'live table', routes: count, measure: () => stallDuring(namespace, count, false) },
      { name: 'live table, changes read', routes: count, measure: () => stallDuring(namespace, count, true) },
    ]
    const samples = await bench.inTurn(contestants)
    return {
      columns: [
        { name: 'seconds', title: 'writer', unit: 'seconds' },
        { name: 'sent', title: 'changes', unit: 'count' },
        { name: 'received', title: 'received', unit: 'count' },
        { name: 'drops', title: 'dropped by the kernel', unit: 'count' },
        { name: 'overruns', title: 'overruns', unit: 'count' },
        { name: 'lost', title: 'lost at the end', unit: 'count' },
        { name: 'lag', title: 'caught up after', unit: 'milliseconds' },
        { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
      ],
      rows: contestants.map((contestant, place) => ({ contestant, samples: samples[place]! })),
    }
  },
}

async function stallDuring(namespace: BenchNamespace, count: number, reads: boolean): Promise<Sample> {
  await using follower = await Follower.start({ netns: namespace.name, reads })
  await follower.begin()
  await follower.block(milliseconds)
  const { seconds, ended, operations } = await namespace.write(['add'], { count })
  const { fresh, unblocked = 0, ...counts } = await follower.catchUp()
  const lost = await follower.compare()
  await namespace.write(['delete'], { count })
  return { ...counts, seconds, sent: operations, lost, lag: fresh - Math.max(ended, unblocked) }
}
