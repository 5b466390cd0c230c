import { AddressFamily } from '@rtnl/netlink-core'
import type { Bench } from '../bench.ts'
import type { BenchNamespace } from '../bench-namespace.ts'
import { runContestant } from '../node-process.ts'
import type { Peer } from '../peers/peer.ts'
import { runPeer } from '../peers/peer-process.ts'
import { isOnNode, node, type Runtime } from '../runtimes.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { Job, Row } from './job.ts'

const fullCount = 1_000_000
/** Of those that take many times as long as the others. */
const slowRuns = 2

/** Dump: from the call to the complete result. The start of the process is not counted. */
export const dump: Job = {
  name: 'dump',
  title: 'reads all IPv4 routes of a namespace',
  runs: 5,
  async run(bench) {
    const count = bench.count(fullCount)
    const sized = (peer: Peer): number => Math.min(count, peer.limits.dump)
    const groups: Group[] = [await makeGroup(bench, count)]
    for (const size of new Set(bench.peers.map(sized))) {
      if (size !== count) groups.push(await makeGroup(bench, size))
    }
    const empty = { name: 'Node.js doing nothing', routes: 0, measure: () => runContestant<Sample>('empty', {}) }
    const contestants: Contestant[] = groups.flatMap((group, place) => [
      group.contestant('C: recv() only', () => group.namespace.drain('inet')),
      ...(place === 0 ? ours(group, bench.runtimes) : [group.liveTable('live table')]),
      ...bench.peers.filter((peer) => sized(peer) === group.count).map((peer) => theirs(group, peer)),
    ])
    const samples = await bench.inTurn([...contestants, empty])
    const nothing = samples.at(-1)!
    const rows: Row[] = contestants.map((contestant, place) => {
      const limit = contestants.findLastIndex(({ name }, at) => at <= place && name.startsWith('C:'))
      return {
        contestant,
        samples: samples[place]!.map((sample, turn) => ({
          ...sample,
          ...ratio(sample.seconds, samples[limit]![turn]!.seconds),
          ...(isOnNode(contestant) ? perRow(sample, nothing[turn]!, contestant.routes) : {}),
        })),
      }
    })
    return {
      columns: [
        { name: 'seconds', title: 'time', unit: 'seconds' },
        { name: 'ratio', title: 'to C', unit: 'ratio' },
        { name: 'usualHold', title: 'event loop 99.9 %', unit: 'milliseconds' },
        { name: 'longestHold', title: 'longest', unit: 'milliseconds' },
        { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
        { name: 'peakPerRow', title: 'bytes a route, peak', unit: 'perRow' },
        { name: 'heldPerRow', title: 'bytes a route, held', unit: 'perRow' },
      ],
      rows: [...rows, { contestant: empty, samples: nothing }],
    }
  },
}

/** A namespace with so many routes of the writer, and some that it has by itself. */
interface Group {
  readonly namespace: BenchNamespace
  readonly count: number
  contestant(name: string, read: () => Promise<Sample>, mostRuns?: number): Contestant
  liveTable(name: string, runtime?: Runtime): Contestant
}

async function makeGroup(bench: Bench, count: number): Promise<Group> {
  const namespace = await bench.namespace()
  bench.progress(`adding ${count} routes`)
  await namespace.write(['add'], { count })
  const { messages: ipv4 = 0 } = await namespace.drain('inet')
  const { messages: ipv6 = 0 } = await namespace.drain('inet6')

  function reader(name: string, routes: number, read: () => Promise<Sample>, mostRuns?: number): Contestant {
    const measure = async (): Promise<Sample> => {
      const sample = await read()
      const found = sample.routes ?? sample.messages
      if (found !== routes) throw new Error(`${name} read ${found} routes, not ${routes}`)
      return sample
    }
    return { name, routes, measure, ...(mostRuns === undefined ? {} : { mostRuns }) }
  }

  return {
    namespace,
    count,
    contestant: (name, read, mostRuns) => reader(name, ipv4, read, mostRuns),
    liveTable(name, runtime = node) {
      const parameters = { netns: namespace.name, table: 'routes' }
      return reader(name, ipv4 + ipv6, () => runContestant<Sample>('live-table', parameters, runtime))
    },
  }
}

function ours(group: Group, runtimes: readonly Runtime[]): Contestant[] {
  const { namespace } = group
  const one = { netns: namespace.name, family: AddressFamily.INET }
  const contestant = (name: string, file: string, parameters: object, runtime = node): Contestant =>
    group.contestant(name, () => runContestant<Sample>(file, parameters, runtime))
  return [
    group.contestant('ip route show', () => namespace.ipShow()),
    contestant('messages, counted', 'messages', one),
    contestant('entries, key and gateway read', 'stream', { ...one, fields: 'key' }),
    contestant('entries, all fields read', 'stream', { ...one, fields: 'all' }),
    contestant('array of entries', 'array', one),
    group.liveTable('live table'),
    ...runtimes.flatMap((runtime) => [
      contestant(`entries, key and gateway read, ${runtime.name}`, 'stream', { ...one, fields: 'key' }, runtime),
      group.liveTable(`live table, ${runtime.name}`, runtime),
    ]),
  ]
}

function theirs(group: Group, peer: Peer): Contestant {
  return group.contestant(peer.name, () => runPeer(peer, group.namespace, 'dump'), slowRuns)
}

function ratio(seconds: number | undefined, limit: number | undefined): Sample {
  return seconds === undefined || limit === undefined ? {} : { ratio: seconds / limit }
}

/** The memory beyond that of a process of Node.js which does nothing; other runtimes have another beginning. */
function perRow({ peakBytes, heldBytes }: Sample, empty: Sample, rows: number): Sample {
  if (peakBytes === undefined || heldBytes === undefined) return {}
  return {
    peakPerRow: (peakBytes - (empty.peakBytes ?? 0)) / rows,
    heldPerRow: (heldBytes - (empty.heldBytes ?? 0)) / rows,
  }
}
