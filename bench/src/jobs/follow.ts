import type { BenchNamespace, Step } from '../bench-namespace.ts'
import { Follower } from '../follower.ts'
import type { Sample } from '../sample.ts'
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
  { name: 'lost', title: 'lost at the end', unit: 'count' },
  { name: 'lag', title: 'lag', unit: 'milliseconds' },
  { name: 'processorSeconds', title: 'CPU', unit: 'seconds' },
  { name: 'processorPerChange', title: 'CPU a change', unit: 'microseconds' },
  { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
]

const steps: readonly Step[] = ['add', 'delete']

/** Follow: a live table with default settings behind a writer that does not wait for it. */
export const follow: Job = {
  name: 'follow',
  title: 'follows a writer in C that adds routes and deletes them at full speed',
  async run(bench) {
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    const alone = async (): Promise<Sample> => {
      const { seconds, operations, peakBytes } = await namespace.write(steps, { count })
      return { seconds, sent: operations, peakBytes }
    }
    const contestants = [
      { name: 'C writer, nobody follows', routes: count, measure: alone },
      { name: 'live table', routes: count, measure: () => followWriter(namespace, count, false) },
      { name: 'live table, changes read', routes: count, measure: () => followWriter(namespace, count, true) },
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

/** Whose processors are whose, by their numbers. */
export interface Places {
  readonly follower: number
  readonly writer: number
}

export async function followWriter(
  namespace: BenchNamespace,
  count: number,
  reads: boolean,
  places?: Places,
): Promise<Sample> {
  await using follower = await Follower.start({ netns: namespace.name, reads })
  if (places !== undefined) await follower.pinTo(places.follower)
  await follower.begin()
  const { seconds, ended, operations } = await namespace.write(steps, { count }, { processor: places?.writer })
  const { fresh, ...counts } = await follower.catchUp()
  const lost = await follower.compare()
  return {
    ...counts,
    seconds,
    sent: operations,
    lost,
    lag: fresh - ended,
    processorPerChange: counts.processorSeconds / operations,
  }
}
