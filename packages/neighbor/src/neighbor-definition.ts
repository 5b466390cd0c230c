import { checkIfindex } from '@rtnl/link'
import {
  defineTable,
  type Partition,
  type RowBytes,
  type RowDraft,
  sharedDefinitions,
  type TableDefinition,
} from '@rtnl/live-table'
import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { familiesOf, type NeighborFamily } from './check.ts'
import { NeighborExtendedFlag, NeighborFlag, NeighborMessage, NeighborState, NeighborType } from './constants.ts'
import { type Neighbor, neighborMessage } from './message.ts'
import {
  familyOfRow,
  flagsExtOfRow,
  flagsOfRow,
  ifindexIn,
  isUniformLladdr,
  lladdrLength,
  setStateOfRow,
  stateOfRow,
  typeOfRow,
} from './row.ts'

/** The part of all neighbours that a table holds. */
export interface NeighborPart {
  /** Only this family (`AF_INET`: ARP, `AF_INET6`: ND). */
  readonly family?: number | undefined
  /** Only neighbours of the interface with this index. One that does not exist has none. */
  readonly ifindex?: number | undefined
}

/**
 * Defines a table of neighbours by family, interface and address. It holds the neighbours that can be used, since the kernel
 * does not announce the others.
 * @throws {RangeError} there are no neighbours of the family, or no interface can have the index
 */
export function defineNeighbors(part: NeighborPart = {}): TableDefinition<Neighbor> {
  return definitions(part)
}

const definitions = sharedDefinitions((part: NeighborPart) =>
  define(part, {
    needsNoLooking: (row) => typeOfRow(row) !== NeighborType.UNICAST,
    isHeldUnresolved: () => false,
  }),
)

/**
 * The same for an interface whose neighbours are written. The kernel announces neighbours that somebody adds for broadcast
 * addresses, or for addresses of the interface itself. Their hardware addresses distinguish them from those that the kernel
 * makes silently.
 *
 * The table also holds managed neighbours that have no hardware address, with the state NONE: the kernel does not announce
 * when it starts to resolve the address, and a relist finds a managed neighbour that was added silently.
 */
export function defineWrittenNeighbors(ifindex: number): TableDefinition<Neighbor> {
  return writtenDefinitions({ ifindex })
}

const writtenDefinitions = sharedDefinitions((part: NeighborPart) =>
  define(part, {
    needsNoLooking(row) {
      const type = typeOfRow(row)
      return type === NeighborType.MULTICAST || (type !== NeighborType.UNICAST && isUniformLladdr(row))
    },
    isHeldUnresolved: (row) => (flagsExtOfRow(row) & NeighborExtendedFlag.MANAGED) !== 0,
  }),
)

/** Which neighbours are in a table. */
interface Selection {
  /** Whether the kernel makes such a static neighbour by itself. */
  needsNoLooking(row: RowBytes): boolean
  /** Whether such a neighbour without a hardware address is in the table. */
  isHeldUnresolved(row: RowBytes): boolean
}

function define({ family, ifindex }: NeighborPart, selection: Selection): TableDefinition<Neighbor> {
  checkIfindex('ifindex', ifindex)
  const families = familiesOf(family)
  return defineTable({
    name: 'neighbor',
    message: neighborMessage,
    types: { new: NeighborMessage.NEW, delete: NeighborMessage.DEL, get: NeighborMessage.GET },
    groups: [MulticastGroup.NEIGH],
    key: ['family', 'ifindex', 'dst'],
    keyText: ({ ifindex, dst }) => `${ifindex} ${dst}`,
    // Forwarding entries of bridges and vxlans come by the same messages.
    accept: ({ view, body }) => families.some((known) => known === view.getUint8(body)),
    filter: ({ view, body }) => ifindex === undefined || ifindexIn(view, body) === ifindex,
    prepare: (draft) => prepare(draft, selection),
    keepsKeys: true,
    partitions: families.map((known) => scope(known, ifindex)),
    // A dump goes by places in the buckets of a hash table.
    dumps: 'racy',
  })
}

/**
 * Leaves out what the kernel adds and changes silently: neighbours without a hardware address (being resolved, or failed), and
 * those that it adds for addresses that need no resolution (multicast, broadcast, local). What was learned from elsewhere was
 * added by a program.
 */
function prepare(draft: RowDraft, selection: Selection): 'present' | 'absent' {
  if (lladdrLength(draft) === 0) {
    if (!selection.isHeldUnresolved(draft)) return 'absent'
    setStateOfRow(draft, NeighborState.NONE)
    return 'present'
  }
  const state = stateOfRow(draft)
  const isLearned = (flagsOfRow(draft) & NeighborFlag.EXT_LEARNED) !== 0
  if (state === NeighborState.NOARP && !isLearned && selection.needsNoLooking(draft)) return 'absent'
  // A stale neighbour that is used is delayed, which only dumps show.
  if (state === NeighborState.DELAY) setStateOfRow(draft, NeighborState.STALE)
  return 'present'
}

function scope(family: NeighborFamily, ifindex: number | undefined): Partition<Neighbor> {
  return {
    name: family === AddressFamily.INET ? 'inet' : 'inet6',
    request: { family, ...(ifindex === undefined ? {} : { viaIfindex: ifindex }) },
    containsRow: (row) => familyOfRow(row) === family,
    // One that is removed moves others forward; one that somebody adds may make the kernel hash all of them anew. What
    // the kernel says by itself of a new one is that it was found: it was in the table before. A change moves nothing.
    affectedBy: ({ view, body, type, pid }) =>
      view.getUint8(body) === family && (type === NeighborMessage.DEL || pid !== 0),
  }
}

/** All neighbours of a namespace. */
export const neighborDefinition: TableDefinition<Neighbor> = defineNeighbors()
