/** What a process that runs schedules prints, a line each. */
export type Report =
  | { readonly kind: 'progress'; readonly schedules: number; readonly differences: number }
  | {
      readonly kind: 'problem'
      readonly seed: number
      readonly problem: string
      /** What is left of the schedule without what does not matter, unless others were shrunk before. */
      readonly shrunk:
        | {
            readonly problem: string
            readonly faults: number
            readonly operations: number
            readonly lines: readonly string[]
          }
        | undefined
    }
  | Total

export interface Total {
  readonly kind: 'total'
  readonly schedules: number
  readonly steps: number
  readonly operations: number
  readonly differences: number
  /** A number that is the same for the same steps of all schedules. */
  readonly traces: number
  /** Faults by kind. */
  readonly injected: Readonly<Record<string, number>>
}
