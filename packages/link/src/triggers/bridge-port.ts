import { type EntryTrigger, type MessageTrigger, onEntry, onMessage } from '@rtnl/live-table'
import { MulticastGroup } from '@rtnl/netlink-core'
import { LinkMessage } from '../constants.ts'
import type { Link } from '../message.ts'
import { portsOf } from '../partition.ts'
import { portMessage } from '../port-message.ts'
import { linkRelations } from '../relations.ts'

/**
 * A message about a port of a bridge arrives during a relist: the rest of the link may be invalid, and the dump may have
 * shown the port before it changed.
 */
export const bridgePortTrigger: MessageTrigger<Link> = onMessage({
  reason: 'bridge port',
  groups: [MulticastGroup.LINK],
  types: [LinkMessage.NEW],
  invalidates(cursor, table) {
    const port = table.state === 'live' ? undefined : portMessage(cursor)
    return port === undefined ? [] : [portsOf(port.master)]
  },
})

/** When a port leaves a bridge, other ports lose it as their backup without a notification. */
export const backupTrigger: EntryTrigger<Link> = onEntry('backup port', (old, next, table) => {
  const master = old?.master
  if (master === undefined || master === next?.master) return []
  // During a relist the relations lack links that the dump has shown but the table does not hold yet.
  return table.state !== 'live' || linkRelations(table).backups.has(old!.ifindex) ? [portsOf(master)] : []
})
