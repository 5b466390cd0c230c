import type { Bench } from '../bench.ts'
import type { BenchNamespace } from '../bench-namespace.ts'
import { runContestant } from '../node-process.ts'
import type { RouteSet } from '../route-set.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { JobResult } from './job.ts'

const fullCount = 200_000

/** Where the routes are that are written: not in the main table, and under a protocol that nobody else has. */
export const place = { table: 100, protocol: 84 }

type Action = 'add' | 'delete'

/** Ways to add or delete all routes, beside the writer in C and iproute2. Before each, the writer makes what it needs. */
export async function writeRoutes(
  bench: Bench,
  action: Action,
  ours: Readonly<Record<string, (set: RouteSet) => Promise<Sample>>>,
): Promise<JobResult> {
  const count = bench.count(fullCount)
  const namespace = await bench.namespace()
  const set = namespace.routeSet({ count, ...place })
  const others = (await namespace.drain('inet')).messages ?? 0
  const opposite = async (): Promise<void> => {
    await namespace.write([action === 'add' ? 'delete' : 'add'], { count, ...place })
  }
  if (action === 'delete') await opposite()

  const contestant = (name: string, write: () => Promise<Sample>): Contestant => ({
    name,
    routes: count,
    async measure() {
      const sample = await write()
      const { messages = 0 } = await namespace.drain('inet')
      const expected = others + (action === 'add' ? count : 0)
      if (messages !== expected) throw new Error(`${name}: ${messages} routes are there in the end, not ${expected}`)
      await opposite()
      return sample
    },
  })
  const contestants = [
    contestant('C writer', () => writer(namespace, action, count)),
    contestant('ip -batch', () => namespace.ipBatch(action, set)),
    contestant('requestAll', () => runContestant<Sample>('requests', { set, action })),
    ...Object.entries(ours).map(([name, write]) => contestant(name, () => write(set))),
  ]
  const samples = await bench.inTurn(contestants)
  const [inC, ip] = samples
  return {
    columns: [
      { name: 'seconds', title: 'time', unit: 'seconds' },
      { name: 'rate', title: 'rate of C', unit: 'percent' },
      { name: 'toIp', title: 'rate to ip -batch', unit: 'ratio' },
      { name: 'sent', title: 'requests', unit: 'count' },
      { name: 'longestHold', title: 'event loop held', unit: 'milliseconds' },
      { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
    ],
    rows: contestants.map((contestant, place) => ({
      contestant,
      samples: samples[place]!.map((sample, turn) => ({
        ...sample,
        rate: (inC?.[turn]?.seconds ?? 0) / (sample.seconds ?? 0),
        toIp: (ip?.[turn]?.seconds ?? 0) / (sample.seconds ?? 0),
      })),
    })),
  }
}

async function writer(namespace: BenchNamespace, action: Action, count: number): Promise<Sample> {
  const { seconds, operations, peakBytes } = await namespace.write([action], { count, ...place })
  return { seconds, sent: operations, peakBytes }
}
