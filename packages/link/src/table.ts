import {
  checkKey,
  defineTable,
  type EntryKey,
  LiveTable,
  type LiveTableOptions,
  openTableAs,
  type TableDefinition,
  type TableView,
} from '@rtnl/live-table'
import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { LinkMessage } from './constants.ts'
import { type Link, linkMessage } from './message.ts'
import { wholeTable } from './partition.ts'
import { withPort } from './port-message.ts'
import { bondPortTrigger } from './triggers/bond-port.ts'
import { backupTrigger, bridgePortTrigger } from './triggers/bridge-port.ts'
import { lowerTrigger } from './triggers/lower.ts'
import { arrivalTrigger, departureTrigger } from './triggers/namespace.ts'
import { peerTrigger } from './triggers/peer.ts'

/** Links by interface index. */
export const linkDefinition: TableDefinition<Link> = defineTable({
  name: 'link',
  message: linkMessage,
  types: { new: LinkMessage.NEW, delete: LinkMessage.DEL, get: LinkMessage.GET },
  groups: [MulticastGroup.LINK],
  key: ['ifindex'],
  keyText: ({ ifindex }) => String(ifindex),
  // The group also carries messages of the bridge family, in which DELLINK says that a port left its bridge.
  accept: ({ view, body }) => view.getUint8(body) === AddressFamily.UNSPEC,
  amended: withPort,
  partitions: [wholeTable],
  dumps: 'stable',
  triggers: [
    peerTrigger,
    arrivalTrigger,
    departureTrigger,
    bondPortTrigger,
    lowerTrigger,
    bridgePortTrigger,
    backupTrigger,
  ],
})

/** The links of a namespace, live. An index is the key: names move from one link to another. */
export class LinkTable extends LiveTable<Link> {
  readonly #indexes = this.index(indexesByName)

  /** Opens the table; resolves once it is read. See `openTable` of `@rtnl/notifier` for the errors. */
  static open(options: LiveTableOptions = {}): Promise<LinkTable> {
    return openTableAs(linkDefinition, (place) => new LinkTable(place), options)
  }

  /**
   * The link with an index, or `undefined`.
   * @throws {TypeError | RangeError} the key has no `ifindex`, or one that does not fit
   */
  override get(key: EntryKey<Link, 'ifindex'>): Link | undefined {
    checkKey('link', key, ['ifindex'])
    return super.get(key)
  }

  /** The name of an interface, or `undefined` for an index that none has. */
  ifname(ifindex: number): string | undefined {
    return this.get({ ifindex })?.ifname
  }

  /** The index of the interface with a name or another name, or `undefined`. */
  ifindex(name: string): number | undefined {
    return this.#indexes.get(name)
  }
}

/** Indexes by name and other names. */
function indexesByName(table: TableView<Link>): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>()
  const change = (old: Link | undefined, next: Link | undefined): void => {
    // Another link may have taken the name before the message that this one lost it.
    for (const name of namesOf(old)) if (indexes.get(name) === old?.ifindex) indexes.delete(name)
    for (const name of namesOf(next)) if (next !== undefined) indexes.set(name, next.ifindex)
  }
  for (const link of table) change(undefined, link)
  table.observe(change)
  return indexes
}

/** All names of a link: its own and the alternative ones. */
export function namesOf(link: Link | undefined): string[] {
  return [...(link?.ifname === undefined ? [] : [link.ifname]), ...(link?.altnames ?? [])]
}
