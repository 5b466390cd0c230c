import type { Bench } from '../bench.ts'
import type { BenchNamespace, Step } from '../bench-namespace.ts'
import { Follower } from '../follower.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { Job } from './job.ts'

const fullSizes = [1000, 10_000, 100_000, 1_000_000]
const fullChanges = 40_000
/** Routes that are changed, all over the table, each more than once. */
const changedRoutes = 1000

/** Protocols in turn, so that each step changes what the one before left. */
const steps: readonly Step[] = ['replace:5', 'replace:4']

/** Apply-change: what a change costs a live table, by the number of routes that are in it. */
export const applyChange: Job = {
  name: 'apply-change',
  title: 'work of all threads for one changed route, by the size of the table',
  runs: 3,
  async run(bench) {
    const tables: Table[] = []
    for (const size of bench.counts(fullSizes)) tables.push(await makeTable(bench, size))
    const turns = Math.max(1, Math.round(bench.count(fullChanges) / changedRoutes / steps.length))
    const contestants = [false, true].flatMap((reads) => tables.map((table) => contestant(table, turns, reads)))
    const samples = await bench.inTurn(contestants)
    return {
      columns: [
        { name: 'sent', title: 'changes', unit: 'count' },
        { name: 'received', title: 'received', unit: 'count' },
        { name: 'relists', title: 'relists', unit: 'count' },
        { name: 'processorPerChange', title: 'CPU a change', unit: 'microseconds' },
        { name: 'ratio', title: 'to the smallest', unit: 'ratio' },
      ],
      rows: contestants.map((contestant, place) => ({
        contestant,
        samples: samples[place]!.map((sample, turn) => {
          const smallest = samples[place - (place % tables.length)]![turn]!
          return { ...sample, ratio: (sample.processorPerChange ?? 0) / (smallest.processorPerChange ?? 0) }
        }),
      })),
    }
  },
}

interface Table {
  readonly namespace: BenchNamespace
  readonly size: number
}

async function makeTable(bench: Bench, size: number): Promise<Table> {
  const namespace = await bench.namespace()
  bench.progress(`adding ${size} routes`)
  await namespace.write(['add'], { count: size })
  return { namespace, size }
}

function contestant({ namespace, size }: Table, turns: number, reads: boolean): Contestant {
  return {
    name: reads ? 'live table, changes read' : 'live table',
    routes: size,
    measure: () => change(namespace, size, turns, reads),
  }
}

async function change(namespace: BenchNamespace, size: number, turns: number, reads: boolean): Promise<Sample> {
  await using follower = await Follower.start({ netns: namespace.name, reads })
  const options = { count: Math.min(size, changedRoutes), among: size }
  const all = Array.from({ length: turns }, () => steps).flat()
  // In its first changes a process is busy with compiling, however large the table.
  await namespace.write(all, options)
  await follower.catchUp()
  await follower.begin()
  const { operations } = await namespace.write(all, options)
  const { processorSeconds = 0, relists = 0, received } = await follower.catchUp()
  return {
    sent: operations,
    relists,
    ...(received === undefined ? {} : { received }),
    processorSeconds,
    processorPerChange: processorSeconds / operations,
  }
}
