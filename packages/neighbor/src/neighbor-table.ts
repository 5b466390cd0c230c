import { LiveTable, type LiveTableOptions, openTableAs, type TableDefinition, type TablePlace } from '@rtnl/live-table'
import { familyOfAddress } from './check.ts'
import type { Neighbor } from './message.ts'
import { defineNeighbors, type NeighborPart, neighborDefinition } from './neighbor-definition.ts'

/** The neighbours (ARP, ND) of a namespace, or of one interface, live: those that have a hardware address. */
export class NeighborTable extends LiveTable<Neighbor> {
  /** Use `NeighborTable.open`. */
  constructor(place: TablePlace, definition: TableDefinition<Neighbor> = neighborDefinition) {
    super(definition, place)
  }

  /**
   * Opens the table; resolves once it has been read. With `family` or `ifindex` it reads and holds that part only.
   * @throws {RangeError} the filter names an impossible family or interface
   * @throws as `openTable` of `@rtnl/live-table`
   */
  static async open(options: LiveTableOptions & NeighborPart = {}): Promise<NeighborTable> {
    const { family, ifindex, ...rest } = options
    const whole = family === undefined && ifindex === undefined
    const definition = whole ? neighborDefinition : defineNeighbors({ family, ifindex })
    return openTableAs((place) => new NeighborTable(place, definition), rest)
  }

  /**
   * The neighbour with an address on an interface, or `undefined`.
   * @param key `ifindex` and `dst`; other fields do not matter
   * @throws {TypeError | RangeError} a field that does not fit
   */
  override get({ ifindex = 0, dst }: Partial<Neighbor>): Neighbor | undefined {
    const family = familyOfAddress(dst)
    return super.get({ family, ifindex, ...(dst === undefined ? {} : { dst }) })
  }
}
