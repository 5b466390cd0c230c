import { AddressFamily } from '@rtnl/netlink-core'
import type { BenchNamespace, Step } from '../bench-namespace.ts'
import { Follower } from '../follower.ts'
import { runContestant } from '../node-process.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { Job } from './job.ts'
import { place } from './write-routes.ts'

const fullCount = 200_000
const steps: readonly Step[] = ['add', 'delete']

/** Loop: for how long a program that does a job cannot do anything else. */
export const loop: Job = {
  name: 'loop',
  title: 'how long each kind of work holds the event loop',
  runs: 3,
  async run(bench) {
    const count = bench.count(fullCount)
    const full = await bench.namespace()
    await full.write(['add'], { count, ...place })
    const empty = await bench.namespace()
    const one = { netns: full.name, family: AddressFamily.INET }
    const set = full.routeSet({ count, ...place })
    const contestant = (name: string, measure: () => Promise<Sample>): Contestant => ({ name, routes: count, measure })
    const contestants = [
      contestant('stream, all fields read', () => runContestant('stream', { ...one, fields: 'all' })),
      contestant('live table opened', () => runContestant('live-table', { netns: full.name, table: 'routes' })),
      contestant('reconcile(), nothing to do', () => runContestant('reconcile', { set })),
      contestant('reconcile(), all removed', () => removeAll(full, count)),
      contestant('changes read behind a writer', () => followWriter(empty, count)),
    ]
    const samples = await bench.inTurn(contestants)
    return {
      columns: [
        { name: 'usualHold', title: '99.9 %', unit: 'milliseconds' },
        { name: 'longestHold', title: 'longest', unit: 'milliseconds' },
      ],
      rows: contestants.map((contestant, place) => ({ contestant, samples: samples[place]! })),
    }
  },
}

async function removeAll(namespace: BenchNamespace, count: number): Promise<Sample> {
  const set = namespace.routeSet({ count, ...place })
  const sample = await runContestant<Sample>('reconcile', { set, empty: true })
  await namespace.write(['add'], { count, ...place })
  return sample
}

async function followWriter(namespace: BenchNamespace, count: number): Promise<Sample> {
  await using follower = await Follower.start({ netns: namespace.name, reads: true })
  await follower.begin()
  await namespace.write(steps, { count })
  const { usualHold = 0, longestHold = 0 } = await follower.catchUp()
  return { usualHold, longestHold }
}
