import { type LiveTable, openTable } from '@rtnl/live-table'
import type { Metric, Metrics } from '@rtnl/metrics'
import type { FakeKernel, FakeTable } from '@rtnl/netlink-core/testing'
import { Notifier } from '@rtnl/notifier'
import { bellDefinition } from '../../../live-table/test/support/bell.ts'
import { makeKernel, type Thing } from '../../../notifier/test/things.ts'

/** The numbers of a metric by the values of its labels, in their order: `{ 'added notification thing fake kernel': 3 }`. */
export function numbers(metrics: readonly Metric[], name: string): Record<string, number> {
  const metric = metrics.find((each) => each.name === name)
  if (metric === undefined) throw new Error(`there is no metric ${name}`)
  return Object.fromEntries(
    metric.samples.map(({ labels, value }) => [metric.labels.map((label) => labels[label]).join(' '), value]),
  )
}

/** The only number of a metric. */
export async function number(metrics: Metrics, name: string): Promise<number> {
  const values = Object.values(numbers(await metrics.read(), name))
  if (values.length !== 1) throw new Error(`${name} has ${values.length} samples`)
  return values[0] as number
}

export interface Place {
  readonly kernel: FakeKernel
  readonly things: FakeTable<Thing>
  readonly notifier: Notifier
  readonly table: LiveTable<Thing>
}

/** Follows a table of a fake kernel, which a bell makes invalid in part. */
export async function withTable(run: (place: Place) => Promise<void>): Promise<void> {
  const { kernel, table: things } = makeKernel()
  const notifier = await Notifier.open({ transports: kernel })
  try {
    await run({ kernel, things, notifier, table: await openTable(bellDefinition, { notifier }) })
  } finally {
    notifier.close()
  }
}
