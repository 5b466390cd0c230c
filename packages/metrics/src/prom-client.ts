import { Counter, type CounterConfiguration, Gauge, type Registry, register } from 'prom-client'
import { metricDescriptions } from './catalog.ts'
import type { Metrics } from './metrics.ts'
import type { Metric } from './samples.ts'

/**
 * Registers all metrics with `prom-client`. Their numbers are read when the registry is, once for all of them.
 * @param registry default: the global one
 * @throws {Error} the registry has a metric with one of these names
 */
export function registerMetrics(metrics: Metrics, registry: Registry = register): void {
  // The registry collects its metrics one by one, in one turn.
  let reading: Promise<ReadonlyMap<string, Metric>> | undefined
  const read = (): Promise<ReadonlyMap<string, Metric>> => {
    reading ??= metrics
      .read()
      .then((all) => new Map(all.map((metric) => [metric.name, metric])))
      .finally(() => {
        reading = undefined
      })
    return reading
  }
  for (const { name, help, type, labels } of metricDescriptions) {
    const configuration: CounterConfiguration<string> = { name, help, labelNames: [...labels], registers: [registry] }
    const fill = async (
      reset: () => void,
      add: (labels: Metric['samples'][number]['labels'], value: number) => void,
    ) => {
      const samples = (await read()).get(name)?.samples ?? []
      reset()
      for (const sample of samples) add(sample.labels, sample.value)
    }
    if (type === 'counter') {
      const counter: Counter = new Counter({
        ...configuration,
        collect: () =>
          fill(
            () => counter.reset(),
            (values, value) => counter.inc(values, value),
          ),
      })
    } else {
      const gauge: Gauge = new Gauge({
        ...configuration,
        collect: () =>
          fill(
            () => gauge.reset(),
            (values, value) => gauge.set(values, value),
          ),
      })
    }
  }
}
