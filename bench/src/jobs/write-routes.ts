import type { Bench } from '../bench.ts'
import type { BenchNamespace } from '../bench-namespace.ts'
import { runContestant } from '../node-process.ts'
import type { Peer } from '../peers/peer.ts'
import { runPeer } from '../peers/peer-process.ts'
import type { RouteSet } from '../route-set.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { JobResult } from './job.ts'

const fullCount = 200_000
/** Of those that take many times as long as the others. */
const slowRuns = 2

/** Where the routes are that are written: not in the main table, and under a protocol that nobody else has. */
export const place = { table: 100, protocol: 84 }

type Action = 'add' | 'delete'
type Write = (set: RouteSet) => Promise<Sample>

/** Ways to add or delete all routes, beside the writer in C and iproute2. Before each, the writer makes what it needs. */
export async function writeRoutes(
  bench: Bench,
  action: Action,
  ours: Readonly<Record<string, Write>>,
): Promise<JobResult> {
  const fullSet = bench.count(fullCount)
  const namespace = await bench.namespace()
  const others = (await namespace.drain('inet')).messages ?? 0

  function contestant(name: string, write: Write, count = fullSet, mostRuns?: number): Contestant {
    const set = namespace.routeSet({ count, ...place })
    const measure = async (): Promise<Sample> => {
      if (action === 'delete') await namespace.write(['add'], { count, ...place })
      const sample = await write(set)
      const { messages = 0 } = await namespace.drain('inet')
      const expected = others + (action === 'add' ? count : 0)
      if (messages !== expected) throw new Error(`${name}: ${messages} routes are there in the end, not ${expected}`)
      if (action === 'add') await namespace.write(['delete'], { count, ...place })
      return sample
    }
    return { name, routes: count, measure, ...(mostRuns === undefined ? {} : { mostRuns }) }
  }

  function theirs(peer: Peer): Contestant {
    const write: Write = ({ count, table, protocol }) =>
      runPeer(peer, namespace, `${action} ${count} ${table} ${protocol}`)
    return contestant(peer.name, write, Math.min(fullSet, peer.limits.write), slowRuns)
  }

  const contestants = [
    contestant('C writer', (set) => writer(namespace, action, set.count)),
    contestant('ip -batch', (set) => namespace.ipBatch(action, set)),
    contestant('requestAll', (set) => runContestant<Sample>('requests', { set, action })),
    ...Object.entries(ours).map(([name, write]) => contestant(name, write)),
    ...bench.runtimes.map((runtime) =>
      contestant(`requestAll, ${runtime.name}`, (set) => runContestant<Sample>('requests', { set, action }, runtime)),
    ),
    ...bench.peers.map(theirs),
  ]
  const samples = await bench.inTurn(contestants)
  const rate = (place: number, turn: number): number =>
    contestants[place]!.routes / (samples[place]![turn]!.seconds ?? Number.NaN)
  return {
    columns: [
      { name: 'seconds', title: 'time', unit: 'seconds' },
      { name: 'rate', title: 'rate of C', unit: 'percent' },
      { name: 'toIp', title: 'rate to ip -batch', unit: 'ratio' },
      { name: 'sent', title: 'requests', unit: 'count' },
      { name: 'usualHold', title: 'event loop 99.9 %', unit: 'milliseconds' },
      { name: 'longestHold', title: 'longest', unit: 'milliseconds' },
      { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
    ],
    rows: contestants.map((contestant, place) => ({
      contestant,
      samples: samples[place]!.map((sample, turn) => ({
        ...sample,
        rate: rate(place, turn) / rate(0, turn),
        toIp: rate(place, turn) / rate(1, turn),
      })),
    })),
  }
}

async function writer(namespace: BenchNamespace, action: Action, count: number): Promise<Sample> {
  const { seconds, operations, peakBytes } = await namespace.write([action], { count, ...place })
  return { seconds, sent: operations, peakBytes }
}
