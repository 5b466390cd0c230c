import { checkKey, type EntryKey, LiveTable, type LiveTableOptions, openTableAs } from '@rtnl/live-table'
import { familyOfAddress } from './check.ts'
import type { Neighbor } from './message.ts'
import { defineNeighbors, type NeighborPart } from './neighbor-definition.ts'

/** The neighbours (ARP, ND) of a namespace, or of one interface, live: those that have a hardware address. */
export class NeighborTable extends LiveTable<Neighbor> {
  /**
   * Opens the table; resolves once it has been read. With `family` or `ifindex` it reads and holds that part only.
   * @throws {RangeError} the filter names an impossible family or interface
   * @throws as `openTable` of `@rtnl/live-table`
   */
  static async open(options: LiveTableOptions & NeighborPart = {}): Promise<NeighborTable> {
    const { family, ifindex, ...rest } = options
    return openTableAs(defineNeighbors({ family, ifindex }), (place) => new NeighborTable(place), rest)
  }

  /**
   * The neighbour with an address on an interface, or `undefined`.
   * @param key `ifindex` and `dst`; other fields do not matter
   * @throws {TypeError | RangeError} the key lacks one of them, or a field does not fit
   */
  override get(key: EntryKey<Neighbor, 'ifindex' | 'dst'>): Neighbor | undefined {
    checkKey('neighbor', key, ['ifindex', 'dst'])
    return super.get({ ...key, family: familyOfAddress(key.dst) })
  }
}
