import { runContestant } from '../node-process.ts'
import type { Sample } from '../sample.ts'
import { fillForwarding } from '../tables.ts'
import type { Job } from './job.ts'
import { memoryColumns, memoryOf, tableReaders } from './read-table.ts'

const fullCount = 500_000

/** Fdb: the forwarding entries of a large overlay. */
export const fdb: Job = {
  name: 'fdb',
  title: 'reads the forwarding entries of a vxlan',
  // The kernel alone takes half a minute for each.
  runs: 1,
  async run(bench) {
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    bench.progress(`adding ${count} forwarding entries`)
    await fillForwarding(namespace, count)
    const empty = { name: 'Node.js doing nothing', routes: 0, measure: () => runContestant<Sample>('empty', {}) }
    const contestants = [...tableReaders(namespace, 'forwarding entries', count), empty]
    const [drain = [], table = [], nothing = []] = await bench.inTurn(contestants)
    return {
      columns: [
        { name: 'seconds', title: 'time', unit: 'seconds' },
        { name: 'ratio', title: 'to C', unit: 'ratio' },
        { name: 'usualHold', title: 'event loop 99.9 %', unit: 'milliseconds' },
        { name: 'longestHold', title: 'longest', unit: 'milliseconds' },
        ...memoryColumns,
      ],
      rows: [
        { contestant: contestants[0]!, samples: drain.map((sample) => ({ ...sample, ratio: 1 })) },
        {
          contestant: contestants[1]!,
          samples: table.map((sample, turn) => ({
            ...sample,
            ...memoryOf(sample, drain[turn]!, nothing[turn]!),
            ratio: (sample.seconds ?? 0) / (drain[turn]!.seconds ?? 0),
          })),
        },
      ],
    }
  },
}
