/** What a run of a contestant came to, by name. Times are seconds, sizes are bytes. */
export type Sample = Readonly<Record<string, number>>

/** One of those who do the same job. */
export interface Contestant {
  readonly name: string
  /** Routes that are in the table, or come into it. */
  readonly routes: number
  /** It runs no more often, where one run takes long. */
  readonly mostRuns?: number
  /** Runs it once, in a process of its own. */
  measure(): Promise<Sample>
}
