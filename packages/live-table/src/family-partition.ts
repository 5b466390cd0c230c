import type { Partition } from './definition.ts'

/**
 * The entries of one address family, which the first byte of each message and each row of rtnetlink says (`struct rtgenmsg`).
 * @param missing errors (`errno`) by which a kernel without the family refuses the dump
 */
export function familyPartition<
  Entry extends {
    /** `AF_*` */
    readonly family: number
  },
>(name: string, family: number, missing: readonly number[]): Partition<Entry> {
  return {
    name,
    request: { family } as Partial<Entry>,
    contains: (entry) => entry.family === family,
    containsRow: ({ view, start }) => view.getUint8(start) === family,
    affectedBy: ({ view, body }) => view.getUint8(body) === family,
    missing,
  }
}
