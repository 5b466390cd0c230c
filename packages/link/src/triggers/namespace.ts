import { type EntryTrigger, type MessageTrigger, onEntry, onMessage } from '@rtnl/live-table'
import { AddressFamily, findAttribute, littleEndian, MulticastGroup } from '@rtnl/netlink-core'
import { LinkAttribute, LinkMessage, linkHeader } from '../constants.ts'
import type { Link } from '../message.ts'
import { wholeTable } from '../partition.ts'
import { isEndOfPair, linkRelations } from '../relations.ts'

/**
 * When a link moves to another namespace, the links above it and the other end of a pair stay. They now refer to a link with
 * another index, in another namespace. The kernel does not announce that.
 */
export const departureTrigger: MessageTrigger<Link> = onMessage({
  reason: 'departure',
  groups: [MulticastGroup.LINK],
  types: [LinkMessage.DEL],
  invalidates({ view, body, end }, table) {
    if (end - body < linkHeader.size || view.getUint8(body) !== AddressFamily.UNSPEC) return []
    if (findAttribute(view, body + linkHeader.size, end, LinkAttribute.NEW_IFINDEX) < 0) return []
    const ifindex = view.getInt32(body + linkHeader.ifindex, littleEndian)
    // During a relist the relations lack links that the dump has shown but the table does not hold yet.
    return table.state !== 'live' || linkRelations(table).uppers.has(ifindex) ? [wholeTable] : []
  },
})

/** The same happens when a link moves to the namespace of links above it, or of the other end of a pair. */
export const arrivalTrigger: EntryTrigger<Link> = onEntry('arrival', (old, next, table) => {
  if (next === undefined) return []
  if (isEndOfPair(next) && next.link !== undefined && next.linkNetnsid === undefined) {
    const peer = table.get({ ifindex: next.link })
    const knows = peer === undefined || (peer.link === next.ifindex && peer.linkNetnsid === undefined)
    return knows ? [] : [wholeTable]
  }
  return old === undefined && linkRelations(table).away.size > 0 ? [wholeTable] : []
})
