import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import type { ListenerDefinition } from '@rtnl/notifier'
import { NeighborMessage } from './constants.ts'
import { isKernelMade, isOwned } from './kinds.ts'
import { type Neighbor, neighborHeader, neighborMessage } from './message.ts'

/**
 * What a notification says about a neighbour or a forwarding entry.
 * - `new`: it was added or changed. The kernel first announces one that is deleted by hand as failed, without a hardware
 *   address.
 * - `delete`: it was deleted
 */
export interface NeighborNotification {
  /** By the type of the message. */
  readonly kind: 'new' | 'delete'
  /** The entry of the message. */
  readonly neighbor: Neighbor
}

const families: readonly number[] = [AddressFamily.INET, AddressFamily.INET6, AddressFamily.BRIDGE]

/** For `Notifier.listen`: notifications of neighbours and forwarding entries, but not of those that `isOwned`. */
export const neighborListener: ListenerDefinition<NeighborNotification> = {
  name: 'neighbor',
  groups: [MulticastGroup.NEIGH],
  types: [NeighborMessage.NEW, NeighborMessage.DEL],
  decode({ view, type, body, end }) {
    if (end - body >= neighborHeader.size && !families.includes(view.getUint8(body))) return undefined
    const neighbor = neighborMessage.decode(view, body, end)
    // Of an interface that is not Ethernet.
    if (neighbor.lladdr !== undefined && neighbor.lladdr.length !== ethernetText) return undefined
    if (isOwned(neighbor) || isKernelMade(neighbor)) return undefined
    return { kind: type === NeighborMessage.NEW ? 'new' : 'delete', neighbor }
  },
}

/** Length of an Ethernet address as text. */
const ethernetText = 17
