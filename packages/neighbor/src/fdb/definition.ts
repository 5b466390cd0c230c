import { checkIfindex } from '@rtnl/link'
import { defineTable, sharedDefinitions, type TableDefinition } from '@rtnl/live-table'
import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { NeighborFlag, NeighborMessage, NeighborType } from '../constants.ts'
import { type Neighbor, neighborHeader, neighborMessage } from '../message.ts'
import { fdbKey, fdbKeyText, prepareFdb } from './key.ts'
import { type FdbPart, FdbPartitions } from './partitions.ts'
import { linkTrigger } from './triggers/link.ts'
import { nexthopTrigger } from './triggers/nexthop.ts'
import { portTrigger } from './triggers/port.ts'
import { remotesTrigger } from './triggers/remotes.ts'
import { vlanTrigger } from './triggers/vlan.ts'

/**
 * Defines a table of the forwarding entries of bridges and vxlans. It leaves out the address lists of interfaces (`self` of any
 * other interface), which the kernel changes silently.
 * @throws {RangeError} no interface can have the index
 */
export function defineFdb(part: FdbPart = {}): TableDefinition<Neighbor> {
  return definitions(part)
}

const definitions = sharedDefinitions((part: FdbPart): TableDefinition<Neighbor> => {
  checkIfindex('ifindex', part.ifindex)
  checkIfindex('master', part.master)
  const partitions = new FdbPartitions(part)
  return defineTable({
    name: 'fdb',
    message: neighborMessage,
    types: { new: NeighborMessage.NEW, delete: NeighborMessage.DEL, get: NeighborMessage.GET },
    groups: [MulticastGroup.NEIGH],
    key: fdbKey,
    keyText: fdbKeyText,
    accept: ({ view, body }) => {
      if (view.getUint8(body) !== AddressFamily.BRIDGE) return false
      const self = (view.getUint8(body + neighborHeader.flags) & NeighborFlag.SELF) !== 0
      return !self || view.getUint8(body + neighborHeader.type) === NeighborType.UNICAST
    },
    filter: ({ view, body, end }) => partitions.mayHave(view, body, end),
    prepare: (draft) => {
      prepareFdb(draft)
      return partitions.has(draft) ? 'present' : 'absent'
    },
    partitions: [partitions.whole],
    // A dump goes by places in lists.
    dumps: 'racy',
    triggers: [
      portTrigger(partitions),
      vlanTrigger(partitions),
      // Of the entries of a bridge the kernel changes only the local ones silently.
      ...(part.master === undefined
        ? [linkTrigger(partitions), nexthopTrigger(partitions), remotesTrigger(partitions)]
        : []),
    ],
  })
})

/** All forwarding entries of bridges and vxlans of a namespace. */
export const fdbDefinition: TableDefinition<Neighbor> = defineFdb()
