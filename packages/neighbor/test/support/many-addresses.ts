const hex = (byte: number): string => (byte & 255).toString(16).padStart(2, '0')

/** More than a call can have arguments in a process with a stack of 200 KiB. */
export const manyAddresses: readonly string[] = Array.from(
  { length: 30_000 },
  (_, index) => `02:00:00:00:${hex(index >> 8)}:${hex(index)}`,
)

/** What `child-exchange.ts` tells. */
export interface ManyLearned {
  /** Whether a call cannot have the addresses as its arguments. */
  readonly areTooMany: boolean
  readonly lladdrs: string[]
  readonly vteps: readonly object[]
}
