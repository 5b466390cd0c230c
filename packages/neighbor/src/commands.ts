import { checkIfindex } from '@rtnl/link'
import { AddressFamily, type CallOptions, type Connection, Errno, type Message, NetlinkError } from '@rtnl/netlink-core'
import { familiesOf, familyOfAddress } from './check.ts'
import { NeighborFlag, NeighborMessage } from './constants.ts'
import type { FdbPart } from './fdb/partitions.ts'
import { type AgedNeighbor, agedNeighborMessage, type Neighbor, neighborMessage } from './message.ts'
import type { NeighborPart } from './neighbor-definition.ts'

/**
 * Reads neighbours once, in batches: all that the kernel has, also those that it looks for, that failed, or that it
 * made by itself, which the live table leaves out. An interface that does not exist has none.
 * @throws {RangeError} the filter names a family or an interface that there cannot be
 * @throws as `Connection.dump`
 */
export function dumpNeighbors(
  connection: Connection,
  part: NeighborPart = {},
  options: CallOptions = {},
): AsyncGenerator<Neighbor[], void, undefined> {
  return dump(connection, neighborMessage, 'dump neighbor', requestsFor(part), part, options)
}

/** As `dumpNeighbors`, with the ages of each (`cacheinfo`). */
export function dumpNeighborAges(
  connection: Connection,
  part: NeighborPart = {},
  options: CallOptions = {},
): AsyncGenerator<AgedNeighbor[], void, undefined> {
  return dump(connection, agedNeighborMessage, 'dump neighbor', requestsFor(part), part, options)
}

/**
 * Reads proxy entries once, in batches: addresses for which the kernel answers on an interface. An entry for all interfaces
 * has the `ifindex` 0. The kernel does not announce changes of proxy entries, so there is no live table of them.
 * @throws {RangeError} the filter names an impossible family or interface
 * @throws as `Connection.dump`
 */
export function dumpProxyNeighbors(
  connection: Connection,
  part: NeighborPart = {},
  options: CallOptions = {},
): AsyncGenerator<Neighbor[], void, undefined> {
  const requests = requestsFor(part).map((request) => ({ ...request, flags: NeighborFlag.PROXY }))
  return dump(connection, neighborMessage, 'dump proxy neighbor', requests, part, options)
}

/**
 * Reads forwarding entries once, in batches: those of the address lists of interfaces too, which the live table leaves
 * out. With `master` only those that belong to the bridge. An interface that does not exist has none.
 * @throws {RangeError} the filter names an interface that there cannot be
 * @throws as `Connection.dump`
 */
export function dumpFdb(
  connection: Connection,
  part: FdbPart = {},
  options: CallOptions = {},
): AsyncGenerator<Neighbor[], void, undefined> {
  return dump(connection, neighborMessage, 'dump fdb', [fdbRequest(part)], part, options)
}

/** As `dumpFdb`, with the ages of each entry (`cacheinfo`). */
export function dumpFdbAges(
  connection: Connection,
  part: FdbPart = {},
  options: CallOptions = {},
): AsyncGenerator<AgedNeighbor[], void, undefined> {
  return dump(connection, agedNeighborMessage, 'dump fdb', [fdbRequest(part)], part, options)
}

/**
 * Reads the neighbour with an address on an interface, in any state.
 * @returns `undefined` if there is none
 * @throws {TypeError | RangeError} no interface can have the index, or the address is none
 * @throws {NetlinkError} there is no such interface (`ENODEV`)
 */
export async function getNeighbor(
  connection: Connection,
  { ifindex, dst }: { readonly ifindex: number; readonly dst: string },
  options: CallOptions = {},
): Promise<Neighbor | undefined> {
  const entry = { family: familyOfAddress(dst), ifindex, dst }
  checkIfindex('neighbor.ifindex', ifindex)
  const operation = `get neighbor ${dst} of interface ${ifindex}`
  try {
    const request = { message: neighborMessage, type: NeighborMessage.GET, entry, operation }
    const [neighbor] = await connection.request(request, options)
    return neighbor
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === Errno.ENOENT) return undefined
    throw error
  }
}

function requestsFor({ family, ifindex }: NeighborPart): Partial<Neighbor>[] {
  checkIfindex('ifindex', ifindex)
  return familiesOf(family).map((known) => ({
    family: known,
    ...(ifindex === undefined ? {} : { viaIfindex: ifindex }),
  }))
}

function fdbRequest({ ifindex, master }: FdbPart): Partial<Neighbor> {
  checkIfindex('ifindex', ifindex)
  checkIfindex('master', master)
  return {
    family: AddressFamily.BRIDGE,
    ...(ifindex === undefined ? {} : { ifindex }),
    ...(master === undefined ? {} : { master }),
  }
}

async function* dump<Entry extends Neighbor>(
  connection: Connection,
  message: Message<Entry>,
  operation: string,
  requests: readonly Partial<Neighbor>[],
  part: FdbPart,
  options: CallOptions,
): AsyncGenerator<Entry[], void, undefined> {
  for (const each of requests) {
    const request = { message, type: NeighborMessage.GET, entry: each as Partial<Entry>, operation }
    try {
      for await (const batch of connection.dump(request, options)) {
        // By a bridge the kernel also gives what is not the bridge's, but of the vxlans in it.
        const wanted = batch.filter((found) => isIn(part, found))
        if (wanted.length > 0) yield wanted
      }
    } catch (error) {
      // So it says of a bridge that does not exist.
      if (!(error instanceof NetlinkError) || error.errno !== Errno.ENODEV) throw error
    }
  }
}

function isIn({ ifindex, master }: FdbPart, entry: Neighbor): boolean {
  return (ifindex === undefined || entry.ifindex === ifindex) && (master === undefined || entry.master === master)
}
