import { Counter, Gauge, type Registry } from 'prom-client'
import type { FleetStatus } from './fleet-publishing.ts'

/** Registers the metrics of the publishing of tables. An agent of no fleet has no samples of them. */
export function registerFleetMetrics(read: () => Promise<FleetStatus | undefined>, registry: Registry): void {
  const registers = [registry]
  const labelNames = ['fleet', 'node']
  const gauge = (name: string, help: string, sample: (status: FleetStatus) => number): void => {
    const made: Gauge = new Gauge({
      ...{ name, help, labelNames, registers },
      async collect() {
        const status = await read()
        made.reset()
        if (status !== undefined) made.set({ fleet: status.fleet, node: status.node }, sample(status))
      },
    })
  }
  gauge(
    'rtnl_fleet_publishing',
    'Whether what the tables hold gets to the server now (1) or not (0)',
    ({ state, problem }) => (state === 'publishing' && problem === undefined ? 1 : 0),
  )
  gauge('rtnl_fleet_tables', 'Tables that are published', ({ tables }) => tables)
  const snapshots: Counter = new Counter({
    name: 'rtnl_fleet_snapshots_total',
    help: 'Snapshots of tables that were begun: one each, and more where the server had lost something or changes were many',
    ...{ labelNames, registers },
    async collect() {
      const status = await read()
      snapshots.reset()
      if (status !== undefined) snapshots.inc({ fleet: status.fleet, node: status.node }, status.snapshots)
    },
  })
}
