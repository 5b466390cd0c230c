import { checkIfindex } from '@rtnl/link'
import {
  LiveTable,
  type LiveTableOptions,
  openTableAs,
  sharedDefinitions,
  type TableDefinition,
} from '@rtnl/live-table'
import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { arrivalTrigger } from '../arrival-trigger.ts'
import { acceptInterface, allEntries, entriesAmongAll, partsOf } from '../partition.ts'
import { MdbMessage } from './constants.ts'
import { hostTrigger } from './host-trigger.ts'
import { type Mdb, mdbEntriesOf, mdbRow } from './message.ts'

/** The part of all multicast groups that a table holds. */
export interface MdbPart {
  /** Only those of the bridge with this index. */
  readonly ifindex?: number | undefined
}

/**
 * The multicast groups of bridges, each at each of its ports.
 * @throws {RangeError} no interface can have the index
 */
export function defineMdb(part: MdbPart = {}): TableDefinition<Mdb> {
  return definitions(part)
}

const definitions = sharedDefinitions(({ ifindex }: MdbPart): TableDefinition<Mdb> => {
  checkIfindex('ifindex', ifindex)
  return {
    name: 'mdb',
    message: mdbRow,
    // The messages of a dump have the type of the request.
    types: { new: MdbMessage.NEW, delete: MdbMessage.DEL, get: MdbMessage.GET, dumped: MdbMessage.GET },
    groups: [MulticastGroup.MDB],
    key: ['ifindex', 'port', 'vid', 'group', 'source', 'dst', 'dstPort', 'vni', 'viaIfindex', 'srcVni'],
    keyText,
    ...acceptInterface(ifindex),
    entries: mdbEntriesOf,
    // The kernel refuses to show those of one bridge.
    partitions: [allEntries()],
    // A dump goes by places in lists.
    dumps: 'racy',
    optional: true,
    triggers: [
      // A vxlan may have groups of its own.
      arrivalTrigger(['bridge', 'vxlan'], partsOf(ifindex, entriesAmongAll)),
      hostTrigger(partsOf(ifindex, entriesAmongAll)),
    ],
  }
})

/** All multicast groups of a namespace. */
export const mdbDefinition: TableDefinition<Mdb> = defineMdb()

/** The multicast groups of the bridges of a namespace, or of one of them, live. */
export class MdbTable extends LiveTable<Mdb> {
  /**
   * Opens the table; resolves once it is read. With `ifindex` only that bridge is read and kept.
   * @throws {RangeError} the filter names an interface that there cannot be
   * @throws as `openTable` of `@rtnl/live-table`
   */
  static async open(options: LiveTableOptions & MdbPart = {}): Promise<MdbTable> {
    const { ifindex, ...rest } = options
    return openTableAs(defineMdb({ ifindex }), (place) => new MdbTable(place), rest)
  }

  /**
   * One entry, or `undefined`.
   * @param key of an entry of a bridge: `ifindex`, `port` and `group`, and `vid` and `source` if it has them
   */
  override get(key: Partial<Mdb>): Mdb | undefined {
    return super.get({ ...key, family: AddressFamily.BRIDGE })
  }
}

function keyText(entry: Mdb): string {
  const { ifindex, port, group, source, vid, dst, dstPort, vni, viaIfindex, srcVni } = entry
  const words = { src: source, vid, dst, port: dstPort, vni, via: viaIfindex, src_vni: srcVni }
  const given = Object.entries(words).flatMap(([name, value]) => (value === undefined ? [] : [` ${name} ${value}`]))
  return `${ifindex} port ${port} grp ${group}${given.join('')}`
}
