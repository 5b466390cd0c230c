import { addressDefinition, addressMessage } from '@rtnl/address'
import { mdbDefinition, vlanDefinition, vniDefinition } from '@rtnl/bridge'
import { linkDefinition, linkMessage } from '@rtnl/link'
import type { TableDefinition } from '@rtnl/live-table'
import { defineProxies, fdbDefinition, neighborDefinition, neighborMessage } from '@rtnl/neighbor'
import type { Message } from '@rtnl/netlink-core'
import { nexthopBucketMessage, nexthopDefinition, nexthopMessage } from '@rtnl/nexthop'
import { routeDefinition, routeMessage } from '@rtnl/route'
import { ruleDefinition, ruleMessage } from '@rtnl/rule'
import { mdbMessage, mdbRequest, mdbRow } from '../../../packages/bridge/src/mdb/message.ts'
import { vlanMessage, vlanRow } from '../../../packages/bridge/src/vlan/message.ts'
import { vniMessage, vniRow } from '../../../packages/bridge/src/vni/message.ts'
import { agedNeighborMessage } from '../../../packages/neighbor/src/message.ts'
import { defineWrittenNeighbors } from '../../../packages/neighbor/src/neighbor-definition.ts'

/** All that is declared. New ones come last: inputs name them by their place. */

/** A declared message, and the types (`nlmsg_type`) by which it comes. */
export interface Declared {
  readonly name: string
  readonly message: Message<unknown>
  readonly types: readonly number[]
}

function declared<Entry>(name: string, message: Message<Entry>, ...types: number[]): Declared {
  return { name, message: message as Message<unknown>, types }
}

export const messages: readonly Declared[] = [
  declared('link', linkMessage, 16, 17),
  declared('address', addressMessage, 20, 21),
  declared('route', routeMessage, 24, 25),
  declared('neighbor', neighborMessage, 28, 29),
  declared('rule', ruleMessage, 32, 33),
  declared('mdb', mdbMessage, 84, 85, 86),
  declared('mdb request', mdbRequest),
  declared('mdb row', mdbRow),
  declared('nexthop', nexthopMessage, 104, 105),
  declared('vlan', vlanMessage, 112, 113),
  declared('vlan row', vlanRow),
  declared('nexthop bucket', nexthopBucketMessage, 116, 117),
  declared('vni', vniMessage, 120, 121),
  declared('vni row', vniRow),
  declared('aged neighbor', agedNeighborMessage, 28, 29),
]

export interface Table {
  readonly definition: TableDefinition<unknown>
}

function table<Entry>(definition: TableDefinition<Entry>): Table {
  return { definition: definition as TableDefinition<unknown> }
}

export const tables: readonly Table[] = [
  table(linkDefinition),
  table(addressDefinition),
  table(routeDefinition),
  table(neighborDefinition),
  table(defineWrittenNeighbors(2)),
  table(defineProxies()),
  table(fdbDefinition),
  table(ruleDefinition),
  table(mdbDefinition),
  table(nexthopDefinition),
  table(vlanDefinition),
  table(vniDefinition),
]
