import type { Bench } from '../bench.ts'
import type { JobResult } from '../report.ts'

/** Something that is measured: one file each, and one line in the registry. */
export interface Job {
  /** As on the command line. */
  readonly name: string
  /** One line for people. */
  readonly title: string
  run(bench: Bench): Promise<JobResult>
}
