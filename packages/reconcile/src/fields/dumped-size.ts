import { InvalidValue } from '@rtnl/netlink-core'

/**
 * The largest message of a dump: the kernel gathers one in buffers of 32 KiB, less what it needs for itself
 * (`netlink_dump`, `SKB_WITH_OVERHEAD(32768)`). It takes larger entries; but then its dumps end there, or fail.
 */
export const largestDumpedMessage = 32448

/**
 * Throws `InvalidValue` for an entry that no dump could hold.
 * @param size bytes of the message in which the kernel shows it, header included
 * @param content what it has that many of
 */
export function checkDumpedSize(field: string, size: number, content: string): void {
  if (size <= largestDumpedMessage) return
  const problem = `${content} make a message of ${size} bytes; the kernel cannot show more than ${largestDumpedMessage}`
  throw new InvalidValue(problem).under(field)
}
