import type { Bench } from '../bench.ts'
import type { BenchNamespace, Step, WriterPlace } from '../bench-namespace.ts'
import { Follower, type RouteFollower } from '../follower.ts'
import { IpMonitor } from '../peers/ip-monitor.ts'
import { PeerFollower } from '../peers/peer-follower.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { Column, Job } from './job.ts'

const fullCount = 200_000
/** What is said of a follower. */
export const followColumns: readonly Column[] = [
  { name: 'seconds', title: 'writer', unit: 'seconds' },
  { name: 'ratio', title: 'to C', unit: 'ratio' },
  { name: 'sent', title: 'changes', unit: 'count' },
  { name: 'received', title: 'received', unit: 'count' },
  { name: 'drops', title: 'dropped by the kernel', unit: 'count' },
  { name: 'overruns', title: 'overruns', unit: 'count' },
  { name: 'ended', title: 'gave up', unit: 'count' },
  { name: 'lost', title: 'lost at the end', unit: 'count' },
  { name: 'lag', title: 'lag', unit: 'milliseconds' },
  { name: 'processorSeconds', title: 'CPU', unit: 'seconds' },
  { name: 'processorPerChange', title: 'CPU a change', unit: 'microseconds' },
  { name: 'usualHold', title: 'event loop 99.9 %', unit: 'milliseconds' },
  { name: 'longestHold', title: 'longest', unit: 'milliseconds' },
  { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
]

const steps: readonly Step[] = ['add', 'delete']

/** Somebody who follows, by name. */
export interface FollowerCandidate {
  readonly name: string
  start(namespace: BenchNamespace): Promise<RouteFollower>
}

/** Live tables on Node.js, then on the other runtimes, then the peers. */
export function followers(bench: Bench): readonly FollowerCandidate[] {
  return [
    { name: 'live table', start: ({ name }) => Follower.start({ netns: name, reads: false }) },
    { name: 'live table, changes read', start: ({ name }) => Follower.start({ netns: name, reads: true }) },
    ...bench.runtimes.map((runtime) => ({
      name: `live table, changes read, ${runtime.name}`,
      start: ({ name }: BenchNamespace) => Follower.start({ netns: name, reads: true }, runtime),
    })),
    { name: 'ip monitor, no table', start: (namespace) => IpMonitor.start(namespace) },
    ...bench.peers.map((peer) => ({
      name: peer.name,
      start: (namespace: BenchNamespace) => PeerFollower.start(peer, namespace),
    })),
  ]
}

/** Follow: a live table with default settings behind a writer that does not wait for it. */
export const follow: Job = {
  name: 'follow',
  title: 'follows a writer in C that adds routes and deletes them at full speed',
  runs: 3,
  async run(bench) {
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    const alone = async (): Promise<Sample> => {
      const { seconds, operations, peakBytes } = await namespace.write(steps, { count })
      return { seconds, sent: operations, peakBytes }
    }
    const contestants: Contestant[] = [
      { name: 'C writer, nobody follows', routes: count, measure: alone },
      ...followers(bench).map(({ name, start }) => ({
        name,
        routes: count,
        measure: () => followWriter(namespace, count, start),
      })),
    ]
    const samples = await bench.inTurn(contestants)
    return {
      columns: followColumns,
      rows: contestants.map((contestant, place) => ({
        contestant,
        samples: samples[place]!.map((sample, turn) => ({
          ...sample,
          ratio: (sample.seconds ?? 0) / (samples[0]![turn]!.seconds ?? 0),
        })),
      })),
    }
  },
}

/** Lets somebody follow a writer, who runs where `place` says. */
export async function followWriter(
  namespace: BenchNamespace,
  count: number,
  start: FollowerCandidate['start'],
  place: WriterPlace = {},
): Promise<Sample> {
  await using follower = await start(namespace)
  await follower.begin()
  const { seconds, ended: writerEnded, operations } = await namespace.write(steps, { count }, place)
  const { fresh, ...counts } = await follower.catchUp()
  const lost = await follower.compare()
  const { received = operations, processorSeconds } = counts
  return {
    ...counts,
    seconds,
    sent: operations,
    ...(lost === undefined ? {} : { lost }),
    ...(fresh === undefined ? {} : { lag: Math.max(0, fresh - writerEnded) }),
    // What it did not receive cost it nothing.
    ...(processorSeconds === undefined || received === 0 ? {} : { processorPerChange: processorSeconds / received }),
  }
}
