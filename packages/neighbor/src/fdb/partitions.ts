import type { Partition, RowBytes } from '@rtnl/live-table'
import { AddressFamily, Errno } from '@rtnl/netlink-core'
import { NeighborFlag, NeighborMessage } from '../constants.ts'
import { type Neighbor, neighborHeader } from '../message.ts'
import { flagsOfRow, ifindexIn, ifindexOfRow, masterIn, masterOfRow } from '../row.ts'

/** The part of all forwarding entries that a table holds. */
export interface FdbPart {
  /** Only entries of the interface with this index: of a vxlan, of a port of a bridge, or of a bridge itself. */
  readonly ifindex?: number | undefined
  /** Only entries of the bridge with this index. */
  readonly master?: number | undefined
}

/** The partitions of forwarding entries. */
export class FdbPartitions {
  readonly whole: Partition<Neighbor>
  readonly #part: FdbPart

  constructor(part: FdbPart) {
    this.#part = part
    const { ifindex, master } = part
    this.whole = partition('all', {
      ...(ifindex === undefined ? {} : { ifindex }),
      ...(master === undefined ? {} : { master }),
    })
  }

  /**
   * Whether a message, by its bytes behind the header, may change the part of the table. An address of a bridge that moves
   * to a port that is not in the part leaves the one that it was at, and the kernel announces it as an entry of the other.
   */
  mayHave(view: DataView, start: number, end: number): boolean {
    const { ifindex, master } = this.#part
    if (ifindex !== undefined && ifindexIn(view, start) !== ifindex) {
      const self = (view.getUint8(start + neighborHeader.flags) & NeighborFlag.SELF) !== 0
      if (self) return false
    }
    return master === undefined || masterIn(view, start, end) === master
  }

  /** Whether the part has an entry that it may have. */
  has(row: RowBytes): boolean {
    const { ifindex } = this.#part
    return ifindex === undefined || ifindexOfRow(row) === ifindex
  }

  /** The only interface of which the table has entries. */
  get ifindex(): number | undefined {
    return this.#part.ifindex
  }

  /** The entries of a bridge and its ports. None, if they are not in the part of the table. */
  ofBridge(master: number): readonly Partition<Neighbor>[] {
    const { ifindex, master: only = master } = this.#part
    if (only !== master) return []
    if (ifindex !== undefined || this.#part.master !== undefined) return [this.whole]
    const containsRow = (row: RowBytes): boolean =>
      masterOfRow(row) === master && (flagsOfRow(row) & NeighborFlag.SELF) === 0
    return [{ ...partition(`bridge ${master}`, { master }), containsRow }]
  }

  /** The entries of a vxlan. None, if they are not in the part of the table. */
  ofVxlan(ifindex: number): readonly Partition<Neighbor>[] {
    if (this.#part.ifindex === undefined) {
      const containsRow = (row: RowBytes): boolean =>
        ifindexOfRow(row) === ifindex && (flagsOfRow(row) & NeighborFlag.SELF) !== 0
      return [{ ...partition(`vxlan ${ifindex}`, { ifindex }), containsRow }]
    }
    return this.#part.ifindex === ifindex ? [this.whole] : []
  }
}

function partition(name: string, filter: Partial<Neighbor>): Partition<Neighbor> {
  return {
    name,
    request: { family: AddressFamily.BRIDGE, ...filter },
    missing: [Errno.ENODEV],
    // The kernel adds a new entry at the front or the end of a list: a dump may show others twice, but misses none. Which
    // lists a dump walks depends on which port is in which bridge, so that any deleted entry may matter.
    affectedBy: ({ type }) => type === NeighborMessage.DEL,
  }
}
