import type { Contestant, Sample } from '../sample.ts'
import type { Row } from './job.ts'

/** Adds to each sample the `ratio` of a value to that of the first contestant in the same turn. */
export function ratiosToFirst(
  contestants: readonly Contestant[],
  samples: readonly Sample[][],
  value = 'seconds',
): Row[] {
  return contestants.map((contestant, place) => ({
    contestant,
    samples: samples[place]!.map((sample, turn) => {
      const [own, first] = [sample[value], samples[0]![turn]?.[value]]
      return own === undefined || first === undefined ? sample : { ...sample, ratio: own / first }
    }),
  }))
}
