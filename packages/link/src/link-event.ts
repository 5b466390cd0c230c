import { LinkFlag } from './constants.ts'
import type { Link } from './message.ts'

const working = LinkFlag.UP | LinkFlag.RUNNING | LinkFlag.LOWER_UP

/**
 * Whether the kernel may have removed or changed what goes out of a link (routes, nexthops, forwarding entries) and announced
 * the link alone: the link was added, deleted or does not work, or its state or MTU changed.
 * @param old the link before, or `undefined` if there was none
 * @param next the link now, or `undefined` if it was deleted
 */
export function linkAffectsUsers(old: Link | undefined, next: Link | undefined): boolean {
  if (old === undefined || next === undefined) return true
  return (
    (next.flags & working) !== working ||
    ((old.flags ^ next.flags) & working) !== 0 ||
    old.carrier !== next.carrier ||
    old.operstate !== next.operstate ||
    old.mtu !== next.mtu
  )
}
