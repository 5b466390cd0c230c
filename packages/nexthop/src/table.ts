import { type Link, linkDefinition } from '@rtnl/link'
import { MulticastGroup } from '@rtnl/netlink-core'
import {
  LiveTable,
  type LiveTableOptions,
  onTable,
  openTableAs,
  type Scope,
  type TableDefinition,
  type TablePlace,
} from '@rtnl/notifier'
import { NexthopMessage } from './constants.ts'
import { type Nexthop, nexthopMessage } from './message.ts'

const groups: Scope<Nexthop> = {
  name: 'groups',
  request: { groups: true },
  covers: (entry) => entry.group !== undefined,
}

export const nexthopDefinition: TableDefinition<Nexthop> = {
  name: 'nexthop',
  message: nexthopMessage,
  types: { new: NexthopMessage.NEW, delete: NexthopMessage.DEL, get: NexthopMessage.GET },
  groups: [MulticastGroup.NEXTHOP],
  key: ['id'],
  keyText: ({ id }) => String(id),
  whole: [{ name: 'all', request: {} }],
  dumps: 'complete',
  triggers: [
    onTable<Nexthop, Link>(linkDefinition, 'link', (old, next) => {
      const { ifindex } = (next ?? old)!
      return [{ name: `oif ${ifindex}`, request: { oif: ifindex }, covers: (entry) => entry.oif === ifindex }, groups]
    }),
  ],
}

/** The nexthop objects of a namespace, live. */
export class NexthopTable extends LiveTable<Nexthop> {
  static open(options: LiveTableOptions = {}): Promise<NexthopTable> {
    return openTableAs((place: TablePlace) => new NexthopTable(nexthopDefinition, place), options)
  }
}
