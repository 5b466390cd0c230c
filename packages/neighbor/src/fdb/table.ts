import { checkKey, type EntryKey, LiveTable, type LiveTableOptions, openTableAs } from '@rtnl/live-table'
import { rowAccess } from '@rtnl/live-table/internal'
import { AddressFamily } from '@rtnl/netlink-core'
import { NeighborFlag, NeighborType } from '../constants.ts'
import type { Neighbor } from '../message.ts'
import { defineFdb } from './definition.ts'
import { FdbKeyWords } from './key.ts'
import type { FdbPart } from './partitions.ts'

/**
 * A key of forwarding entries. Of an entry of a bridge: `master`, `lladdr`, and `vlan` if it has one. Of a vxlan: `ifindex`,
 * `lladdr`, and `srcVni` if the vxlan is external; for an address that is zero or that of a group also `dst`, and of `port`, `vni`,
 * `viaIfindex` those that the entry has. An entry is its own key.
 */
export type FdbKey =
  | EntryKey<Neighbor, 'master' | 'lladdr', 'vlan'>
  | EntryKey<Neighbor, 'ifindex' | 'lladdr', 'srcVni' | 'dst' | 'port' | 'vni' | 'viaIfindex'>

/** The forwarding entries of the bridges and vxlans of a namespace, or of one of them, live. */
export class FdbTable extends LiveTable<Neighbor> {
  readonly #rows = rowAccess<Neighbor>(this)
  readonly #keyWords = new FdbKeyWords()

  /**
   * Opens the table; resolves once it has been read. With `ifindex` or `master` it reads and holds that part only.
   * @throws {RangeError} the filter names an impossible interface
   * @throws as `openTable` of `@rtnl/live-table`
   */
  static async open(options: LiveTableOptions & FdbPart = {}): Promise<FdbTable> {
    const { ifindex, master, ...rest } = options
    return openTableAs(defineFdb({ ifindex, master }), (place) => new FdbTable(place), rest)
  }

  /**
   * One entry, or `undefined`.
   * @throws {TypeError | RangeError} the key has no `lladdr`, neither `master` nor `ifindex`, or a field that does not fit
   */
  override get(key: FdbKey): Neighbor | undefined {
    checkKey('fdb', key, ['lladdr'])
    const { master, ifindex }: Partial<Neighbor> = key
    if (master === undefined && ifindex === undefined) {
      throw new TypeError('fdb: the key has neither master, of a bridge, nor ifindex, of a vxlan')
    }
    if (this.#keyWords.write(key)) return this.#rows.entryAt(this.#keyWords.words)
    const kind = master === undefined ? { flags: NeighborFlag.SELF, type: NeighborType.UNICAST } : { flags: 0 }
    return super.get({ ...key, family: AddressFamily.BRIDGE, ...kind })
  }
}
