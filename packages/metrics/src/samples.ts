import { catalog, type MetricDescription, type MetricKey } from './catalog.ts'

/** One number, with the value of each label of its metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A metric with its numbers of now: a plain object. */
export interface Metric extends MetricDescription {
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
