import type { Partition } from '@rtnl/live-table'
import { LinkAttribute, LinkFilter } from './constants.ts'
import type { Link } from './message.ts'

/**
 * All links: the kernel filters a dump by master or by kind only, and events that need a reading are rare. Only if it is
 * asked with a mask the kernel makes room for the largest link, which many other names may make larger than 32 KiB;
 * otherwise it ends the dump there, and does not say so.
 */
export const wholeTable: Partition<Link> = {
  name: 'all',
  request: {},
  attributes: [{ type: LinkAttribute.EXT_MASK, payload: new Uint8Array(Uint32Array.of(LinkFilter.SKIP_STATS).buffer) }],
}
