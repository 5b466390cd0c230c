const prefixAt = (index: number): string => `${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0/32`

/** More than a call can have arguments in a process with a stack of 200 KiB. */
export const manyPrefixes: readonly string[] = Array.from({ length: 30_000 }, (_, index) => prefixAt(index))

/** What `child-exchange.ts` tells. */
export interface ManyExchanged {
  /** Whether a call cannot have the prefixes as its arguments. */
  readonly areTooMany: boolean
  readonly learned: string[]
  /** How many were refused, and why. */
  readonly failed: number
  readonly error: string
  /** What could not be removed. */
  readonly left: number
  /** Once all of ours were removed. */
  readonly learnedAgain: string[]
}
