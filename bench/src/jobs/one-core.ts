import { availableParallelism } from 'node:os'
import type { BenchNamespace } from '../bench-namespace.ts'
import { Follower } from '../follower.ts'
import { followColumns, followWriter } from './follow.ts'
import type { Job } from './job.ts'

const fullCount = 200_000
/** Any machine with two processors has these. */
const places = { follower: 0, writer: 1 }

/** One-core: as follow, but all threads of the follower share one processor, which the writer does not use. */
export const oneCore: Job = {
  name: 'one-core',
  runs: 3,
  title: 'follows that writer with all of its threads on one processor, and the writer on another one',
  async run(bench) {
    if (availableParallelism() < 2) throw new Error("one-core needs two processors: one is the writer's")
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    const start =
      (reads: boolean) =>
      async ({ name }: BenchNamespace): Promise<Follower> => {
        const follower = await Follower.start({ netns: name, reads })
        await follower.pinTo(places.follower)
        return follower
      }
    const follow = (reads: boolean) => followWriter(namespace, count, start(reads), { processor: places.writer })
    const contestants = [
      { name: 'live table', routes: count, measure: () => follow(false) },
      { name: 'live table, changes read', routes: count, measure: () => follow(true) },
    ]
    const samples = await bench.inTurn(contestants)
    return {
      columns: followColumns.filter(({ name }) => name !== 'ratio'),
      rows: contestants.map((contestant, place) => ({ contestant, samples: samples[place]! })),
    }
  },
}
