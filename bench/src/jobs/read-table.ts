import type { BenchNamespace } from '../bench-namespace.ts'
import { runContestant } from '../node-process.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { TableName } from '../table-name.ts'
import { drained } from '../tables.ts'
import type { Column } from './job.ts'

/** The drain in C and the live table of a table that is filled. */
export function tableReaders(namespace: BenchNamespace, table: TableName, count: number): Contestant[] {
  return [
    { name: `C: recv() only, ${table}`, routes: count, measure: () => namespace.drain(drained[table]) },
    {
      name: `live table, ${table}`,
      routes: count,
      async measure() {
        const sample = await runContestant<Sample>('live-table', { netns: namespace.name, table })
        const { routes = 0 } = sample
        if (routes < count) throw new Error(`the live table has ${routes} ${table}, not ${count}`)
        return sample
      },
    },
  ]
}

/** The memory of a live table beyond that of a process which does nothing, by what it has read. */
export function memoryOf(table: Sample, drain: Sample, empty: Sample): Sample {
  const { routes = 0, peakBytes = 0, heldBytes = 0 } = table
  const { messages = 0, bytes = 0 } = drain
  return {
    wirePerRow: bytes / messages,
    peakPerRow: (peakBytes - (empty.peakBytes ?? 0)) / routes,
    heldPerRow: (heldBytes - (empty.heldBytes ?? 0)) / routes,
  }
}

export const memoryColumns: readonly Column[] = [
  { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
  { name: 'wirePerRow', title: 'bytes an entry, sent', unit: 'perRow' },
  { name: 'peakPerRow', title: 'peak', unit: 'perRow' },
  { name: 'heldPerRow', title: 'held', unit: 'perRow' },
]
