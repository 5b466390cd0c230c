import type { Row } from '../store/row.ts'
import type { Cause } from './change.ts'

/**
 * The table calls it for every change of a row, and for every notification that changed nothing (`old` and `next` equal).
 * @param origin the netlink port id (`nlmsg_pid`) of the socket whose request made the kernel send the notification. The
 *   kernel sends it for routes, nexthops and rules, and for neighbours that are added or changed. It is 0 for deleted
 *   neighbours, forwarding entries, links and addresses, for changes that the kernel makes by itself, and for changes that
 *   a relist found
 */
export type Observer<Entry> = (old: Entry | undefined, next: Entry | undefined, cause: Cause, origin: number) => void

/** Whether an observer does not need a call for a row that was added. The table fills the row anew after the call. */
export type Expectation = (row: Row) => boolean
