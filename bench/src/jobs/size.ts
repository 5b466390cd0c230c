import { AddressFamily } from '@rtnl/netlink-core'
import type { Bench } from '../bench.ts'
import { runContestant } from '../node-process.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { Job, Row } from './job.ts'

const fullSizes = [10_000, 100_000, 1_000_000]

/** Size: what an entry costs, by the number of all entries. */
export const size: Job = {
  name: 'size',
  title: 'what a route costs who reads them all, by their number',
  runs: 3,
  async run(bench) {
    const rows: Row[] = []
    for (const count of bench.counts(fullSizes)) rows.push(...(await measureSize(bench, count)))
    return {
      columns: [
        { name: 'seconds', title: 'time', unit: 'milliseconds' },
        { name: 'ratio', title: 'to C', unit: 'ratio' },
        { name: 'secondsPerRow', title: 'a route', unit: 'microseconds' },
        { name: 'heldPerRow', title: 'bytes a route, held', unit: 'perRow' },
      ],
      rows,
    }
  },
}

async function measureSize(bench: Bench, count: number): Promise<Row[]> {
  const namespace = await bench.namespace()
  bench.progress(`adding ${count} routes`)
  await namespace.write(['add'], { count })
  const one = { netns: namespace.name, family: AddressFamily.INET }
  const contestant = (name: string, measure: () => Promise<Sample>): Contestant => ({ name, routes: count, measure })
  const contestants = [
    contestant('C: recv() only', () => namespace.drain('inet')),
    contestant('entries, key and gateway read', () => runContestant('stream', { ...one, fields: 'key' })),
    contestant('array of entries', () => runContestant('array', one)),
    contestant('live table', () => runContestant('live-table', { netns: namespace.name, table: 'routes' })),
    { name: 'Node.js doing nothing', routes: 0, measure: () => runContestant<Sample>('empty', {}) },
  ]
  const samples = await bench.inTurn(contestants)
  const nothing = samples.at(-1)!
  return contestants.slice(0, -1).map((contestant, place) => ({
    contestant,
    samples: samples[place]!.map((sample, turn) => {
      const { seconds = 0, heldBytes } = sample
      return {
        ...sample,
        ratio: seconds / (samples[0]![turn]!.seconds ?? 0),
        secondsPerRow: seconds / count,
        ...(heldBytes === undefined ? {} : { heldPerRow: (heldBytes - (nothing[turn]!.heldBytes ?? 0)) / count }),
      }
    }),
  }))
}
