import type { BenchNamespace } from '../bench-namespace.ts'
import type { Sample } from '../sample.ts'
import { type FollowerCandidate, followers } from './follow.ts'
import type { Job } from './job.ts'

const fullCount = 50_000
const milliseconds = 2000

/** Stall: whoever takes the changes is held, while the kernel changes its routes. */
export const stall: Job = {
  name: 'stall',
  title: `changes while the event loop of the follower is blocked for ${milliseconds / 1000} s`,
  runs: 3,
  async run(bench) {
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    const contestants = followers(bench).map(({ name, start }) => ({
      name,
      routes: count,
      measure: () => stallDuring(namespace, count, start),
    }))
    const samples = await bench.inTurn(contestants)
    return {
      columns: [
        { name: 'seconds', title: 'writer', unit: 'seconds' },
        { name: 'sent', title: 'changes', unit: 'count' },
        { name: 'received', title: 'received', unit: 'count' },
        { name: 'drops', title: 'dropped by the kernel', unit: 'count' },
        { name: 'overruns', title: 'overruns', unit: 'count' },
        { name: 'ended', title: 'gave up', unit: 'count' },
        { name: 'lost', title: 'lost at the end', unit: 'count' },
        { name: 'lag', title: 'caught up after', unit: 'milliseconds' },
        { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
      ],
      rows: contestants.map((contestant, place) => ({ contestant, samples: samples[place]! })),
    }
  },
}

async function stallDuring(
  namespace: BenchNamespace,
  count: number,
  start: FollowerCandidate['start'],
): Promise<Sample> {
  await using follower = await start(namespace)
  await follower.begin()
  await follower.block(milliseconds)
  const { seconds, ended: writerEnded, operations } = await namespace.write(['add'], { count })
  const { fresh, unblocked = 0, usualHold: _usual, longestHold: _longest, ...counts } = await follower.catchUp()
  const lost = await follower.compare()
  await namespace.write(['delete'], { count })
  return {
    ...counts,
    seconds,
    sent: operations,
    ...(lost === undefined ? {} : { lost }),
    ...(fresh === undefined ? {} : { lag: Math.max(0, fresh - Math.max(writerEnded, unblocked)) }),
  }
}
