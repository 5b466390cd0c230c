import { fillNexthops } from '../nexthop-set.ts'
import { runContestant } from '../node-process.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { Job } from './job.ts'
import { tableReaders } from './read-table.ts'
import { ratiosToFirst } from './to-first.ts'

const fullCount = 100_000
/** Nexthops for each group. */
const forGroup = 10
const protocol = 84

/** Nexthop: many nexthops and groups of them, one member of which is replaced. */
export const nexthop: Job = {
  name: 'nexthop',
  title: 'reads nexthops and groups, compares them with desired ones, and replaces a member',
  runs: 3,
  async run(bench) {
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    const set = { netns: namespace.name, ifindex: namespace.ifindex, count, groups: count / forGroup, protocol }
    bench.progress(`adding ${count} nexthops and ${set.groups} groups`)
    await fillNexthops(namespace, set)
    const all = set.count + set.groups
    const contestant = (name: string, what: 'compare' | 'replace', requests: number): Contestant => ({
      name,
      routes: all,
      async measure() {
        const sample = await runContestant<Sample>('nexthops', { set, what })
        if (sample.sent !== requests) throw new Error(`${name}: ${sample.sent} requests, not ${requests}`)
        return sample
      },
    })
    const contestants = [
      ...tableReaders(namespace, 'nexthops', all),
      contestant('reconcile(), nothing to do', 'compare', 0),
      contestant('one member replaced in keep()', 'replace', 1),
    ]
    const samples = await bench.inTurn(contestants)
    return {
      columns: [
        { name: 'seconds', title: 'time', unit: 'milliseconds' },
        { name: 'ratio', title: 'to C', unit: 'ratio' },
        { name: 'sent', title: 'requests', unit: 'count' },
        { name: 'usualHold', title: 'event loop 99.9 %', unit: 'milliseconds' },
        { name: 'longestHold', title: 'longest', unit: 'milliseconds' },
        { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
      ],
      rows: ratiosToFirst(contestants, samples),
    }
  },
}
