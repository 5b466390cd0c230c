import { median } from './median.ts'
import type { Sample } from './sample.ts'

/** The medians of all values of a row, by their names. A value that not every sample has is that of those which have it. */
export function mediansOf({ samples }: { readonly samples: readonly Sample[] }): Readonly<Record<string, number>> {
  const names = new Set(samples.flatMap((sample) => Object.keys(sample)))
  return Object.fromEntries(
    [...names].map((name) => [name, median(samples.flatMap((sample) => sample[name] ?? []))] as const),
  )
}
