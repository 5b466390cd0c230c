import { type EntryTrigger, onEntry } from '@rtnl/live-table'
import { LinkFlag } from '../constants.ts'
import type { Link } from '../message.ts'
import { wholeTable } from '../partition.ts'

/**
 * A link that leaves a bond is told of before it has its own flags and its own MTU again, and then no more if it is down
 * or the bond is being deleted. So is one that could not become a port.
 */
export const bondPortTrigger: EntryTrigger<Link> = onEntry('bond', (old, next) =>
  isHalfPort(next) && !isHalfPort(old) ? [wholeTable] : [],
)

/** Whether a link has the flag of ports of a bond, and no bond. */
function isHalfPort(link: Link | undefined): boolean {
  return link !== undefined && (link.flags & LinkFlag.SLAVE) !== 0 && link.master === undefined
}
