import { AddressFamily } from '@rtnl/netlink-core'
import { runContestant } from '../node-process.ts'
import type { Sample } from '../sample.ts'
import type { Job, Row } from './job.ts'

const fullCount = 1_000_000

/** Dump: from the call to the complete result. The start of the process is not counted. */
export const dump: Job = {
  name: 'dump',
  title: 'reads all IPv4 routes of a namespace',
  async run(bench) {
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    bench.progress(`adding ${count} routes`)
    await namespace.write(['add'], { count })
    const { messages: ipv4 = 0 } = await namespace.drain('inet')
    const { messages: ipv6 = 0 } = await namespace.drain('inet6')
    const one = { netns: namespace.name, family: AddressFamily.INET }
    const ours = (name: string, expected: number) => async (): Promise<Sample> => {
      const sample = await runContestant<Sample>(name, one)
      if (sample.routes !== expected) throw new Error(`${name} read ${sample.routes} routes, not ${expected}`)
      return sample
    }

    const contestants = [
      { name: 'C: recv() only', routes: ipv4, measure: () => namespace.drain('inet') },
      { name: 'messages, counted', routes: ipv4, measure: ours('messages', ipv4) },
      { name: 'entries, key and gateway read', routes: ipv4, measure: ours('stream', ipv4) },
      { name: 'live table', routes: ipv4 + ipv6, measure: ours('live-table', ipv4 + ipv6) },
      { name: 'Node.js doing nothing', routes: 0, measure: () => runContestant<Sample>('empty', {}) },
    ]
    const samples = await bench.inTurn(contestants)
    const limit = samples[0]!
    const empty = samples.at(-1)!
    const rows: Row[] = contestants.map((contestant, place) => ({
      contestant,
      samples: samples[place]!.map((sample, turn) => ({
        ...sample,
        ...ratio(sample.seconds, limit[turn]!.seconds),
        ...(place === 0 || place === samples.length - 1 ? {} : perRow(sample, empty[turn]!, ipv4)),
      })),
    }))
    return {
      columns: [
        { name: 'seconds', title: 'time', unit: 'seconds' },
        { name: 'ratio', title: 'to C', unit: 'ratio' },
        { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
        { name: 'peakPerRow', title: 'bytes a route, peak', unit: 'perRow' },
        { name: 'heldPerRow', title: 'bytes a route, held', unit: 'perRow' },
      ],
      rows,
    }
  },
}

function ratio(seconds: number | undefined, limit: number | undefined): Sample {
  return seconds === undefined || limit === undefined ? {} : { ratio: seconds / limit }
}

/** The memory beyond that of a process which does nothing. */
function perRow(sample: Sample, empty: Sample, rows: number): Sample {
  const beyond = (name: 'peakBytes' | 'heldBytes'): number => ((sample[name] ?? 0) - (empty[name] ?? 0)) / rows
  return {
    peakPerRow: beyond('peakBytes'),
    ...(sample.heldBytes === undefined ? {} : { heldPerRow: beyond('heldBytes') }),
  }
}
