import { LiveTable, openTable, openTableAs } from '@rtnl/live-table'
import type { FakeKernel, FakeTable } from '@rtnl/netlink-core/testing'
import { Notifier } from '@rtnl/notifier'
import * as assert from 'uvu/assert'
import { makeKernel, type Thing, thingDefinition } from '../../../notifier/test/things.ts'

/** A notifier on a fake kernel with a table of things. */
export interface Shared {
  readonly kernel: FakeKernel
  readonly table: FakeTable<Thing>
  readonly notifier: Notifier
  open(options?: { readonly signal?: AbortSignal }): Promise<LiveTable<Thing>>
  /** Opens a table that shows the things of a port. */
  openOf(port: number): Promise<LiveTable<Thing>>
}

/** Runs a test, and checks that it leaves no sink behind. */
export async function withNotifier(run: (shared: Shared) => Promise<void>): Promise<void> {
  const { kernel, table } = makeKernel()
  const notifier = await Notifier.open({ transports: kernel })
  const openOf = (port: number): Promise<LiveTable<Thing>> =>
    openTableAs(thingDefinition, (place) => new LiveTable(place, (entry) => entry.port === port), { notifier })
  try {
    await run({
      kernel,
      table,
      notifier,
      open: (options) => openTable(thingDefinition, { notifier, ...options }),
      openOf,
    })
  } finally {
    notifier.close()
  }
  assert.is(notifier.sinks, 0)
}
