import { checkIfindex } from '@rtnl/link'
import { defineTable, sharedDefinitions, type TableDefinition } from '@rtnl/live-table'
import { AddressFamily } from '@rtnl/netlink-core'
import { familiesOf } from './check.ts'
import { NeighborFlag, NeighborMessage } from './constants.ts'
import { type Neighbor, neighborHeader, neighborMessage } from './message.ts'
import type { NeighborPart } from './neighbor-definition.ts'
import { familyOfRow, ifindexIn } from './row.ts'

/**
 * Proxy entries by family, interface and address: the addresses for which the kernel answers on an interface
 * (`NTF_PROXY`). The kernel announces no change of them, so that a table of them shows what it last read.
 * @throws {RangeError} there are no neighbours of the family, or no interface can have the index
 */
export function defineProxies(part: NeighborPart = {}): TableDefinition<Neighbor> {
  return definitions(part)
}

const definitions = sharedDefinitions(({ family, ifindex }: NeighborPart): TableDefinition<Neighbor> => {
  checkIfindex('ifindex', ifindex)
  const families = familiesOf(family)
  return defineTable({
    name: 'neighbor',
    message: neighborMessage,
    types: { new: NeighborMessage.NEW, delete: NeighborMessage.DEL, get: NeighborMessage.GET },
    groups: [],
    key: ['family', 'ifindex', 'dst'],
    keyText: ({ ifindex, dst }) => `${ifindex} ${dst}`,
    // Neighbours of the same address come by the same messages.
    accept: ({ view, body }) => (view.getUint8(body + neighborHeader.flags) & NeighborFlag.PROXY) !== 0,
    filter: ({ view, body }) => ifindex === undefined || ifindexIn(view, body) === ifindex,
    partitions: families.map((known) => ({
      name: known === AddressFamily.INET ? 'inet' : 'inet6',
      request: { family: known, flags: NeighborFlag.PROXY },
      containsRow: (row) => familyOfRow(row) === known,
    })),
    dumps: 'stable',
    silent: true,
  })
})
