/** What a soak came to. */
export interface Outcome {
  readonly figures: Readonly<Record<string, number | string>>
  /** What is not as it has to be. */
  readonly problems: readonly string[]
}

const mebibyte = 1024 ** 2
/** Fewer samples say nothing: a process takes memory when it does something for the first time. */
const fewestSamples = 30
/** What may be added to the memory that a process has got used to, beside a tenth of it: collections of garbage come when they like. */
const play = 32 * mebibyte

export const inMebibytes = (bytes: number): string => `${(bytes / mebibyte).toFixed(1)} MiB`

/** The resident memory of a process over time. */
export class MemoryCurve {
  readonly #samples: number[] = []

  add(bytes: number): void {
    this.#samples.push(bytes)
  }

  /** At the start, in the middle and at the end. */
  get figures(): Record<string, string> {
    const samples = this.#samples
    const at = (share: number): string => inMebibytes(samples[Math.floor((samples.length - 1) * share)] ?? 0)
    return {
      'memory at the start': at(0),
      'memory in the middle': at(0.5),
      'memory at the end': at(1),
      'most memory': inMebibytes(Math.max(0, ...samples)),
    }
  }

  /** Compares the most of the last third with the most of the first two. */
  get problems(): string[] {
    const samples = this.#samples
    if (samples.length < fewestSamples) return []
    const last = Math.floor((samples.length * 2) / 3)
    const before = Math.max(...samples.slice(0, last))
    const after = Math.max(...samples.slice(last))
    if (after <= before * 1.1 + play) return []
    return [`memory grows: ${inMebibytes(after)} in the last third, ${inMebibytes(before)} before`]
  }
}
