import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { LiveTable, type LiveTableOptions, openTableAs, type TableDefinition, type TablePlace } from '@rtnl/notifier'
import { LinkMessage } from './constants.ts'
import { type Link, linkMessage } from './message.ts'

/** Links by interface index. */
export const linkDefinition: TableDefinition<Link> = {
  name: 'link',
  message: linkMessage,
  types: { new: LinkMessage.NEW, delete: LinkMessage.DEL, get: LinkMessage.GET },
  groups: [MulticastGroup.LINK],
  key: ['ifindex'],
  keyText: ({ ifindex }) => String(ifindex),
  // The group also carries messages of the bridge family, in which DELLINK says that a port left its bridge.
  accept: ({ view, body }) => view.getUint8(body) === AddressFamily.UNSPEC,
  whole: [{ name: 'all', request: {} }],
  dumps: 'complete',
}

/** The links of a namespace, live. */
export class LinkTable extends LiveTable<Link> {
  static open(options: LiveTableOptions = {}): Promise<LinkTable> {
    return openTableAs((place: TablePlace) => new LinkTable(linkDefinition, place), options)
  }

  /** The name of an interface, or `undefined` for an index that none has. */
  ifname(ifindex: number): string | undefined {
    return this.get({ ifindex })?.ifname
  }
}
