import { MulticastGroup } from '@rtnl/netlink-core'
import type { ListenerDefinition } from '@rtnl/notifier'
import { NexthopMessage } from './constants.ts'
import { type FdbNexthop, fdbNexthop } from './fdb.ts'
import { nexthopMessage } from './message.ts'

/**
 * What was said of a nexthop.
 * - `new`: it was added or replaced
 * - `delete`: it was deleted
 * - `foreign`: the id belongs to a nexthop that is not for forwarding entries, or did
 */
export type FdbNotification =
  | {
      /** Which of these it is. */
      readonly kind: 'new' | 'delete'
      /** The nexthop of the message. */
      readonly nexthop: FdbNexthop
    }
  | {
      /** Which of these it is. */
      readonly kind: 'foreign'
      /** Id of the nexthop. */
      readonly id: number
    }

/** For `Notifier.listen`: notifications of nexthops that are for forwarding entries. */
export const nexthopListener: ListenerDefinition<FdbNotification> = {
  name: 'nexthop',
  groups: [MulticastGroup.NEXTHOP],
  types: [NexthopMessage.NEW, NexthopMessage.DEL],
  decode({ view, type, body, end }) {
    const entry = nexthopMessage.decode(view, body, end)
    if (entry.id === undefined) return undefined
    const nexthop = fdbNexthop(entry)
    // A nexthop may lose its fdb flag by a replacement. Then the table holds it no longer.
    if (nexthop === undefined) return { kind: 'foreign', id: entry.id }
    return { kind: type === NexthopMessage.NEW ? 'new' : 'delete', nexthop }
  },
}
