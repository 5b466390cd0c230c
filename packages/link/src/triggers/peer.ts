import { type MessageTrigger, onMessage } from '@rtnl/live-table'
import { AddressFamily, findAttribute, littleEndian, MulticastGroup } from '@rtnl/netlink-core'
import { LinkAttribute, LinkMessage, linkHeader } from '../constants.ts'
import type { Link } from '../message.ts'
import { wholeTable } from '../partition.ts'

/** The kernel announces the first end of a pair before the other one exists, with 0 as its `link`. */
export const peerTrigger: MessageTrigger<Link> = onMessage({
  reason: 'peer',
  groups: [MulticastGroup.LINK],
  types: [LinkMessage.NEW],
  invalidates({ view, body, end }) {
    if (end - body < linkHeader.size || view.getUint8(body) !== AddressFamily.UNSPEC) return []
    const at = findAttribute(view, body + linkHeader.size, end, LinkAttribute.LINK)
    return at >= 0 && view.getUint32(at, littleEndian) === 0 ? [wholeTable] : []
  },
})
