import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { runContestant } from '../node-process.ts'
import type { Sample } from '../sample.ts'
import type { Job } from './job.ts'

const fullCounts = [200, 1000]

/** Namespaces: three live tables in each of many, in one process. */
export const namespaces: Job = {
  name: 'namespaces',
  runs: 3,
  title: 'opens the links, nexthops and routes of many namespaces as live tables, and waits',
  async run(bench) {
    // A namespace costs the kernel milliseconds and is not made for nothing: no more than the benchmark is to measure.
    const counts = [...new Set(fullCounts.map((count) => Math.min(count, bench.count(count))))]
    const names = Array.from({ length: Math.max(...counts) }, (_, index) => `many-${index}`)
    bench.progress(`making ${names.length} namespaces`)
    await change('add', names)
    try {
      const contestants = counts.map((count) => ({
        name: `${count} namespaces`,
        routes: 0,
        measure: () => runContestant<Sample>('namespaces', { names: names.slice(0, count) }),
      }))
      const samples = await bench.inTurn(contestants)
      return {
        columns: [
          { name: 'seconds', title: 'time', unit: 'seconds' },
          { name: 'processorSeconds', title: 'CPU', unit: 'seconds' },
          { name: 'threads', title: 'threads', unit: 'count' },
          { name: 'descriptors', title: 'descriptors each', unit: 'ratio' },
          { name: 'bytesPerNamespace', title: 'bytes each', unit: 'perRow' },
          { name: 'idle', title: 'CPU when idle', unit: 'percent' },
        ],
        rows: contestants.map((contestant, place) => ({ contestant, samples: samples[place]! })),
      }
    } finally {
      await change('delete', names)
    }
  },
}

async function change(verb: 'add' | 'delete', names: readonly string[]): Promise<void> {
  const running = promisify(execFile)('ip', ['-batch', '-'])
  running.child.stdin?.end(names.map((name) => `netns ${verb} ${name}\n`).join(''))
  await running
}
