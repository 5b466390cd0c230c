import type { Cause } from './change.ts'

/**
 * Is told of every change of a row, and of every notification that changed nothing (`old` and `next` equal).
 * @param origin the netlink port id (`nlmsg_pid`) of the socket whose request made the kernel send the notification. It is
 *   0 where the kernel acted by itself, where it does not tell, and for what a reading found. The kernel tells it of
 *   routes, nexthops and rules, and of neighbours that are added or changed; not of neighbours that are deleted, of
 *   forwarding entries, links or addresses
 */
export type Observer<Entry> = (old: Entry | undefined, next: Entry | undefined, cause: Cause, origin: number) => void

/** Tells by the words of a row (its key, then `count` words) that an observer need not hear that there is this row now. */
export type Expectation = (row: Int32Array, count: number) => boolean
