import { catalog, type MetricDescription, type MetricKey } from './catalog.ts'

/** One number, with the value of each label of its metric. */
export interface Sample {
  /** The value of each label, by its name. */
  readonly labels: Readonly<Record<string, string>>
  /** In the unit that the name of the metric says. */
  readonly value: number
}

/** A metric with its numbers of now: a plain object. */
export interface Metric extends MetricDescription {
  /** None if there is nothing of it to measure yet. */
  readonly samples: readonly Sample[]
}

/** Gathers the samples of all metrics. */
export class Samples {
  readonly #samples = new Map<MetricKey, Sample[]>()

  add(key: MetricKey, labels: Sample['labels'], value: number): void {
    const samples = this.#samples.get(key)
    if (samples === undefined) this.#samples.set(key, [{ labels, value }])
    else samples.push({ labels, value })
  }

  /** All metrics, those without a sample included. */
  metrics(): Metric[] {
    return (Object.keys(catalog) as MetricKey[]).map((key) => ({
      ...catalog[key],
      samples: this.#samples.get(key) ?? [],
    }))
  }
}
