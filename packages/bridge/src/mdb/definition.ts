import {
  checkKey,
  defineTable,
  type EntryKey,
  LiveTable,
  type LiveTableOptions,
  openTableAs,
  type TableDefinition,
} from '@rtnl/live-table'
import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { arrivalTrigger } from '../arrival-trigger.ts'
import { definitionsByInterface, type InterfacePart } from '../interface-part.ts'
import { allEntries, entriesAmongAll } from '../partition.ts'
import { MdbMessage } from './constants.ts'
import { hostTrigger } from './host-trigger.ts'
import { type Mdb, mdbEntriesOf, mdbMessage, mdbRow } from './message.ts'
import { snoopingTrigger } from './snooping-trigger.ts'

/**
 * The multicast groups of bridges, each at each of its ports.
 * @throws {RangeError} no interface can have the index
 */
export const defineMdb = definitionsByInterface<Mdb>((scope) => {
  return defineTable({
    name: 'mdb',
    message: mdbRow,
    // In a dump the messages of bridges have the type of the request, and those of vxlans that of an announcement.
    types: { new: MdbMessage.NEW, delete: MdbMessage.DEL, get: MdbMessage.GET, dumped: MdbMessage.GET },
    groups: [MulticastGroup.MDB],
    // How a vxlan sends to a remote does not belong to the key: it is replaced.
    key: ['ifindex', 'port', 'vid', 'group', 'source', 'dst', 'srcVni'],
    keyText,
    ...scope.common,
    entries: mdbEntriesOf,
    wire: mdbMessage,
    // The kernel refuses to show those of one bridge.
    partitions: [allEntries()],
    triggers: [
      // A vxlan may have groups of its own.
      arrivalTrigger(['bridge', 'vxlan'], scope.among(entriesAmongAll)),
      hostTrigger(scope.among(entriesAmongAll)),
      snoopingTrigger(scope.among(entriesAmongAll)),
    ],
  })
})

/** All multicast groups of a namespace. */
export const mdbDefinition: TableDefinition<Mdb> = defineMdb()

/**
 * A key of multicast groups: `ifindex` of the bridge, `port` and `group`, and `vid` and `source` if the entry has them. That of
 * an entry of a vxlan has `dst` too, and `srcVni` if the entry has one. An entry is its own key.
 */
export type MdbKey = EntryKey<Mdb, 'ifindex' | 'port' | 'group', 'vid' | 'source' | 'dst' | 'srcVni'>

/** The multicast groups of the bridges of a namespace, or of one of them, live. */
export class MdbTable extends LiveTable<Mdb> {
  /**
   * Opens the table; resolves once it is read. With `ifindex` only that bridge is read and kept.
   * @throws {RangeError} the filter names an interface that there cannot be
   * @throws as `openTable` of `@rtnl/live-table`
   */
  static async open(options: LiveTableOptions & InterfacePart = {}): Promise<MdbTable> {
    const { ifindex, ...rest } = options
    return openTableAs(defineMdb({ ifindex }), (place) => new MdbTable(place), rest)
  }

  /**
   * One entry, or `undefined`.
   * @throws {TypeError | RangeError} the key has no `ifindex`, `port` or `group`, or a field that does not fit
   */
  override get(key: MdbKey): Mdb | undefined {
    checkKey('mdb', key, ['ifindex', 'port', 'group'])
    return super.get({ ...key, family: AddressFamily.BRIDGE })
  }
}

function keyText(entry: Mdb): string {
  const { ifindex, port, group, source, vid, dst, srcVni } = entry
  const words = { src: source, vid, dst, src_vni: srcVni }
  const given = Object.entries(words).flatMap(([name, value]) => (value === undefined ? [] : [` ${name} ${value}`]))
  return `${ifindex} port ${port} grp ${group}${given.join('')}`
}
