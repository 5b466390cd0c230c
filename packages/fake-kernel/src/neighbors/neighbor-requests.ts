import {
  type Neighbor,
  NeighborAttribute,
  NeighborFlag,
  NeighborState,
  NeighborType,
  neighborMessage,
} from '@rtnl/neighbor'
import { AddressFamily, Errno, MessageFlag } from '@rtnl/netlink-core'
import { RouteTableId } from '@rtnl/route'
import type { FakeDump } from '../dump.ts'
import { parseIpv4 } from '../ipv4.ts'
import type { FakeLink } from '../links/link.ts'
import type { Links } from '../links/links.ts'
import type { Origin } from '../output.ts'
import { Refusal } from '../refusal.ts'
import type { RequestReader } from '../request.ts'
import type { FibTables } from '../routes/fib-table.ts'
import { typeOfAddress } from '../routes/paths.ts'
import { type FakeProxy, neighborEntry, newNeighbor, proxyEntry } from './fake-neighbor.ts'
import type { Neighbors } from './neighbors.ts'

const { DST, IFINDEX, LLADDR, PROTOCOL } = NeighborAttribute
const { EXT_LEARNED, PROXY, ROUTER } = NeighborFlag
const { NONE, INCOMPLETE, REACHABLE, STALE, FAILED, NOARP, PERMANENT } = NeighborState
/** The kernel would go on from the others by itself. */
const knownStates: readonly number[] = [NONE, INCOMPLETE, REACHABLE, STALE, FAILED, NOARP, PERMANENT]
const headerSize = 12
const families: readonly number[] = [AddressFamily.INET, AddressFamily.INET6]

const invalid = (text: string): Refusal => new Refusal(Errno.EINVAL, text)

/** What the requests work on. */
export interface NeighborWorld {
  readonly links: Links
  readonly tables: FibTables
  readonly neighbors: Neighbors
  readonly isIpv6On: boolean
}

/** RTM_NEWNEIGH */
export function newNeighborEntry(world: NeighborWorld, reader: RequestReader, origin: Origin): void {
  const { neighbors } = world
  const { entry, link, dst } = read(world, reader, [DST, LLADDR, PROTOCOL])
  const { family, flags, state, lladdr, protocol = 0 } = entry
  reader.require((flags & ~(PROXY | EXT_LEARNED | ROUTER)) === 0, `flags ${flags}`)
  if ((flags & PROXY) !== 0) {
    reader.require(family === AddressFamily.INET, 'NTF_PROXY of IPv6')
    // The kernel forgets to remove one with its namespace.
    reader.require(link !== undefined, 'NTF_PROXY without an interface')
    const isPermanent = (state & PERMANENT) !== 0
    const proxy: FakeProxy = { family, link, dst, flags, protocol, isPermanent }
    neighbors.addProxy(proxy)
    return
  }
  if (link === undefined) throw invalid('Device not specified')
  if (family === AddressFamily.INET6 && !world.isIpv6On) throw invalid('IPv6 is disabled on this device')
  reader.require(!link.isLoopback, 'neighbours of the loopback')
  reader.require(!dst.startsWith('ff'), `the multicast address ${dst}`)
  reader.require(knownStates.includes(state), `the state ${state}`)
  let present = neighbors.find(family, link, dst)
  const isNew = present === undefined
  if (present === undefined) {
    if (!reader.has(MessageFlag.CREATE)) throw new Refusal(Errno.ENOENT)
    present = newNeighbor(family, link, dst, typeOf(world, family, dst))
    present.flags = flags & EXT_LEARNED
    neighbors.add(present)
  } else if (reader.has(MessageFlag.EXCL)) {
    throw new Refusal(Errno.EEXIST)
  }
  if (protocol !== 0) present.protocol = protocol
  const overrides = isNew || reader.has(MessageFlag.REPLACE)
  neighbors.update(present, { lladdr, state, flags, overrides }, origin)
}

/** RTM_DELNEIGH */
export function deleteNeighborEntry(world: NeighborWorld, reader: RequestReader, origin: Origin): void {
  const { neighbors } = world
  const { entry, link, dst } = read(world, reader, [DST, LLADDR, PROTOCOL])
  if ((entry.flags & PROXY) !== 0) {
    neighbors.removeProxy(entry.family, link, dst)
    return
  }
  if (link === undefined) throw new Refusal(Errno.EINVAL)
  const found = neighbors.find(entry.family, link, dst)
  if (found === undefined) throw new Refusal(Errno.ENOENT)
  neighbors.remove(found, origin)
}

/** RTM_GETNEIGH for one. */
export function getNeighborEntry({ links, neighbors }: NeighborWorld, reader: RequestReader): Partial<Neighbor> {
  const { family, ifindex, state, flags, type, dst } = reader.entry(neighborMessage, headerSize, [DST])
  const of = 'neighbor get request'
  if (state !== 0 || type !== 0) throw invalid(`Invalid values in header for ${of}`)
  if ((flags & ~PROXY) !== 0) throw invalid(`Invalid flags in header for ${of}`)
  if ((flags & PROXY) === 0 && ifindex === 0) throw invalid('No device specified')
  if (dst === undefined) throw new Refusal(Errno.EINVAL)
  if (!families.includes(family)) {
    throw new Refusal(Errno.EAFNOSUPPORT, `Unsupported family in header for ${of}`)
  }
  if (!isOfFamily(dst, family)) throw invalid(`Invalid network address in ${of}`)
  const link = ifindex === 0 ? undefined : links.get(ifindex)
  if (ifindex !== 0 && link === undefined) throw new Refusal(Errno.ENODEV, 'Unknown device ifindex')
  if ((flags & PROXY) !== 0) {
    const found = neighbors.proxies(family).find((each) => each.dst === dst && each.link === link)
    if (found === undefined) throw new Refusal(Errno.ENOENT, 'Proxy neighbour entry not found')
    return proxyEntry(found)
  }
  const found = link && neighbors.find(family, link, dst)
  if (found === undefined) throw new Refusal(Errno.ENOENT, 'Neighbour entry not found')
  return neighborEntry(found)
}

/** RTM_GETNEIGH for all, for those of an interface, or for proxies. */
export function dumpNeighbors({ neighbors }: NeighborWorld, reader: RequestReader): FakeDump<Neighbor> {
  const { family, ifindex, state, flags, type, viaIfindex } = reader.entry(neighborMessage, headerSize, [IFINDEX])
  const of = 'neighbor dump request'
  if (ifindex !== 0 || state !== 0 || type !== 0) throw invalid(`Invalid values in header for ${of}`)
  if ((flags & ~PROXY) !== 0) throw invalid(`Invalid flags in header for ${of}`)
  const wanted = families.filter((each) => family === AddressFamily.UNSPEC || family === each)
  const isWanted = ({ ifindex: own = 0 }: Partial<Neighbor>): boolean => !viaIfindex || own === viaIfindex
  const entries = wanted.flatMap((each) =>
    (flags & PROXY) !== 0 ? neighbors.proxies(each).map(proxyEntry) : neighbors.all(each).map(neighborEntry),
  )
  return { entries: entries.filter(isWanted), flags: viaIfindex ? MessageFlag.DUMP_FILTERED : 0 }
}

/** What a request is about; undefined is an interface that it does not name. */
interface Read {
  readonly entry: Neighbor
  readonly link: FakeLink | undefined
  readonly dst: string
}

function read({ links }: NeighborWorld, reader: RequestReader, known: readonly number[]): Read {
  const entry = reader.entry(neighborMessage, headerSize, known)
  const { family, ifindex, dst, lladdr } = entry
  if (dst === undefined) throw invalid('Network address not specified')
  const link = ifindex === 0 ? undefined : links.get(ifindex)
  if (ifindex !== 0 && link === undefined) throw new Refusal(Errno.ENODEV)
  if (link !== undefined && lladdr !== undefined) {
    if (lladdr.length < link.address.length) throw invalid('Invalid link address')
    reader.require(lladdr.length === link.address.length, `the hardware address ${lladdr}`)
  }
  if (!families.includes(family)) throw new Refusal(Errno.EAFNOSUPPORT)
  if (family === AddressFamily.INET6 && isOfFamily(dst, AddressFamily.INET)) throw invalid('Invalid network address')
  reader.require(isOfFamily(dst, family), `the address ${dst}`)
  return { entry, link, dst }
}

function isOfFamily(address: string, family: number): boolean {
  return address.includes(':') === (family === AddressFamily.INET6)
}

function typeOf({ tables }: NeighborWorld, family: number, dst: string): number {
  if (family === AddressFamily.INET6) return NeighborType.UNICAST
  return typeOfAddress(tables, parseIpv4(dst), RouteTableId.LOCAL)
}
