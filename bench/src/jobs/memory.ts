import type { BenchNamespace } from '../bench-namespace.ts'
import { fillNexthops } from '../nexthop-set.ts'
import { runContestant } from '../node-process.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { TableName } from '../table-name.ts'
import { fillForwarding, fillNeighbors } from '../tables.ts'
import type { Job, Row } from './job.ts'
import { memoryColumns, memoryOf, tableReaders } from './read-table.ts'

const fullCount = 100_000

/** Memory: what live tables hold for an entry. */
export const memory: Job = {
  name: 'memory',
  title: 'memory of live tables, beyond that of Node.js',
  runs: 3,
  async run(bench) {
    const count = bench.count(fullCount)
    const fill: Readonly<Record<TableName, (namespace: BenchNamespace) => Promise<unknown>>> = {
      routes: (namespace) => namespace.write(['add'], { count }),
      nexthops: (namespace) =>
        fillNexthops(namespace, { netns: namespace.name, ifindex: namespace.ifindex, count, groups: 0, protocol: 84 }),
      neighbours: (namespace) => fillNeighbors(namespace, count),
      'forwarding entries': (namespace) => fillForwarding(namespace, count),
    }
    const pairs: Contestant[][] = []
    for (const table of Object.keys(fill) as TableName[]) {
      const namespace = await bench.namespace()
      bench.progress(`adding ${count} ${table}`)
      await fill[table](namespace)
      pairs.push(tableReaders(namespace, table, count))
    }
    const empty = { name: 'Node.js doing nothing', routes: 0, measure: () => runContestant<Sample>('empty', {}) }
    const contestants = [...pairs.flat(), empty]
    const samples = await bench.inTurn(contestants)
    const nothing = samples.at(-1)!
    const rows: Row[] = pairs.map(([, contestant], pair) => ({
      contestant: contestant!,
      samples: samples[2 * pair + 1]!.map((sample, turn) => ({
        ...sample,
        ...memoryOf(sample, samples[2 * pair]![turn]!, nothing[turn]!),
      })),
    }))
    return { columns: memoryColumns, rows: [...rows, { contestant: empty, samples: nothing }] }
  },
}
