import { type EntryTrigger, onEntry } from '@rtnl/live-table'
import { LinkFlag } from '../constants.ts'
import type { Link } from '../message.ts'
import { wholeTable } from '../partition.ts'

/**
 * The kernel announces a link that leaves a bond before it restores the flags and the MTU of the link. It does not announce the
 * link again if the link is down or the bond is being deleted. The same holds for a link that could not become a port.
 */
export const bondPortTrigger: EntryTrigger<Link> = onEntry('bond', (old, next) =>
  isHalfPort(next) && !isHalfPort(old) ? [wholeTable] : [],
)

/** Whether a link has the flag of ports of a bond, and no bond. */
function isHalfPort(link: Link | undefined): boolean {
  return link !== undefined && (link.flags & LinkFlag.SLAVE) !== 0 && link.master === undefined
}
