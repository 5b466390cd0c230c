import type { Partition } from '@rtnl/live-table'
import { LinkAttribute, LinkFilter } from './constants.ts'
import type { Link } from './message.ts'

/**
 * With a mask in the request, the kernel makes room for the largest link, which many other names may make larger than 32 KiB.
 * Without one it ends the dump there, and does not report that.
 */
const attributes = [
  { type: LinkAttribute.EXT_MASK, payload: new Uint8Array(Uint32Array.of(LinkFilter.SKIP_STATS).buffer) },
]

/** All links. */
export const wholeTable: Partition<Link> = { name: 'all', request: {}, attributes }

/** The ports of a bridge, or of another master: the kernel filters a dump by master or by kind only. */
export function portsOf(master: number): Partition<Link> {
  return {
    name: `ports of ${master}`,
    request: { master },
    attributes,
    contains: (link) => link.master === master,
  }
}
