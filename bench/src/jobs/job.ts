import type { Bench } from '../bench.ts'
import type { Contestant, Sample } from '../sample.ts'

/** How a value is shown. `bytes` are shown as MiB, `perRow` as bytes, `percent` of 1. */
export type Unit = 'seconds' | 'milliseconds' | 'microseconds' | 'ratio' | 'percent' | 'count' | 'bytes' | 'perRow'

export interface Column {
  /** The name of the value in samples, and in JSON. */
  readonly name: string
  readonly title: string
  readonly unit: Unit
}

export interface Row {
  readonly contestant: Pick<Contestant, 'name' | 'routes'>
  readonly samples: readonly Sample[]
}

export interface JobResult {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/** Something that is measured: one file each, and one line in the registry. */
export interface Job {
  /** As on the command line. */
  readonly name: string
  /** One line for people. */
  readonly title: string
  /** How often each contestant runs unless received. */
  readonly runs: number
  run(bench: Bench): Promise<JobResult>
}
