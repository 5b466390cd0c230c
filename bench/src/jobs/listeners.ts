import type { BenchNamespace, Step } from '../bench-namespace.ts'
import { NodeProcess } from '../node-process.ts'
import type { Contestant, Sample } from '../sample.ts'
import type { Job } from './job.ts'
import { ratiosToFirst } from './to-first.ts'

const fullCount = 20_000
const steps: readonly Step[] = ['add', 'delete']
const numbers = [1, 10, 100]

/** Listeners: what many of them cost who listen to the same by one notifier. */
export const listeners: Job = {
  name: 'listeners',
  title: 'listeners with queues of their own on one notifier, behind a writer in C',
  runs: 3,
  async run(bench) {
    const count = bench.count(fullCount)
    const namespace = await bench.namespace()
    const contestants: Contestant[] = numbers.map((number) => ({
      name: number === 1 ? '1 listener' : `${number} listeners`,
      routes: count,
      measure: () => listen(namespace, count, number),
    }))
    const samples = await bench.inTurn(contestants)
    return {
      columns: [
        { name: 'sent', title: 'changes', unit: 'count' },
        { name: 'received', title: 'received each', unit: 'count' },
        { name: 'lost', title: 'losses', unit: 'count' },
        { name: 'processorPerChange', title: 'CPU a change', unit: 'microseconds' },
        { name: 'ratio', title: 'to one', unit: 'ratio' },
        { name: 'usualHold', title: 'event loop 99.9 %', unit: 'milliseconds' },
        { name: 'longestHold', title: 'longest', unit: 'milliseconds' },
        { name: 'peakBytes', title: 'peak memory', unit: 'bytes' },
      ],
      rows: ratiosToFirst(contestants, samples, 'processorPerChange'),
    }
  },
}

async function listen(namespace: BenchNamespace, count: number, number: number): Promise<Sample> {
  await using listening = new NodeProcess('listeners', { netns: namespace.name, listeners: number })
  await listening.next<object>()
  const { operations } = await namespace.write(steps, { count })
  const sample = await listening.ask<Sample>({ sent: operations })
  return { ...sample, sent: operations, processorPerChange: (sample.processorSeconds ?? 0) / operations }
}
