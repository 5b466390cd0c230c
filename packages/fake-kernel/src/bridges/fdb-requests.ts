import { type Neighbor, NeighborAttribute, NeighborFlag, NeighborState, neighborMessage } from '@rtnl/neighbor'
import { Errno } from '@rtnl/netlink-core'
import type { FakeDump } from '../dump.ts'
import type { FakeLink } from '../links/link.ts'
import type { Links } from '../links/links.ts'
import { Refusal } from '../refusal.ts'
import type { RequestReader } from '../request.ts'
import type { Bridge } from './bridge.ts'
import type { Bridges } from './bridges.ts'

const { IFINDEX, LLADDR, MASTER: MASTER_ATTRIBUTE } = NeighborAttribute
const { EXT_LEARNED, MASTER, SELF, STICKY } = NeighborFlag
const { NOARP, PERMANENT, REACHABLE } = NeighborState
const knownStates: readonly number[] = [NOARP, PERMANENT, REACHABLE]
const headerSize = 12

const invalid = (text = ''): Refusal => new Refusal(Errno.EINVAL, text)

/** What the requests work on. */
export interface FdbWorld {
  readonly links: Links
  readonly bridges: Bridges
}

/** RTM_NEWNEIGH of the bridge family. */
export function newForwarding(world: FdbWorld, reader: RequestReader): void {
  const { entry, link, lladdr } = read(world, reader, 'add')
  const { flags, state } = entry
  reader.require((flags & ~(MASTER | SELF | EXT_LEARNED | STICKY)) === 0, `flags ${flags}`)
  reader.require(state === 0 || knownStates.includes(state), `the state ${state}`)
  forEach(world, reader, { flags, link }, (bridge, port) => {
    if (!knownStates.includes(state) || lladdr === '00:00:00:00:00:00') throw invalid()
    const update = { lladdr, port, state, flags }
    if ((flags & EXT_LEARNED) === 0) {
      bridge.fdb.add(update, reader.request.flags)
      return
    }
    if (port === undefined && state !== PERMANENT) throw invalid('bridge: FDB entry towards bridge must be permanent')
    bridge.fdb.learn(update)
  })
}

/** RTM_DELNEIGH of the bridge family. */
export function deleteForwarding(world: FdbWorld, reader: RequestReader): void {
  const { entry, link, lladdr } = read(world, reader, 'delete')
  reader.require((entry.flags & ~(MASTER | SELF)) === 0, `flags ${entry.flags}`)
  forEach(world, reader, { flags: entry.flags, link }, (bridge, port) => bridge.fdb.remove(lladdr, port))
}

/** RTM_GETNEIGH of the bridge family, for one. */
export function getForwarding({ links, bridges }: FdbWorld, reader: RequestReader): Partial<Neighbor> {
  const entry = reader.entry(neighborMessage, headerSize, [LLADDR, MASTER_ATTRIBUTE])
  const { flags, state, type, ifindex, lladdr, master = 0 } = entry
  const of = 'fdb get request'
  if (state !== 0 || type !== 0) throw invalid(`Invalid values in header for ${of}`)
  if ((flags & ~(MASTER | SELF)) !== 0) throw invalid(`Invalid flags in header for ${of}`)
  reader.require(lladdr === undefined || lladdr.length === 17, `the address ${lladdr}`)
  if (lladdr === undefined) throw invalid(`Missing lookup address for ${of}`)
  const link = ifindex === 0 ? undefined : links.get(ifindex)
  if (ifindex !== 0 && link === undefined) throw new Refusal(Errno.ENODEV, 'Unknown device ifindex')
  if (master !== 0 && link !== undefined) throw invalid('Master and device are mutually exclusive')
  const above = master === 0 ? undefined : links.get(master)
  if (master !== 0 && above === undefined) throw invalid('Invalid master ifindex')
  const device = above ?? link
  if (device === undefined) throw new Refusal(Errno.ENODEV, 'No device specified')
  const isByPort = link !== undefined && (flags === 0 || (flags & MASTER) !== 0)
  const bridge = isByPort ? bridges.of(device) : bridges.get(device)
  if (bridge !== undefined) return bridge.fdb.get(lladdr)
  if (isByPort) throw invalid('Device is not a bridge port')
  throw new Refusal(Errno.EOPNOTSUPP, 'Fdb get operation not supported by device')
}

/** RTM_GETNEIGH of the bridge family: all, those of a port or of the bridge itself, or those of a bridge and its ports. */
export function dumpForwarding({ links, bridges }: FdbWorld, reader: RequestReader): FakeDump<Neighbor> {
  const entry = reader.entry(neighborMessage, headerSize, [IFINDEX, MASTER_ATTRIBUTE])
  const { flags, state, type, master = 0 } = entry
  if (state !== 0 || flags !== 0 || type !== 0) throw invalid('Invalid values in header for fdb dump request')
  const ifindex = entry.viaIfindex ?? entry.ifindex
  const above = master === 0 ? undefined : links.get(master)
  if (master !== 0 && above === undefined) throw new Refusal(Errno.ENODEV)
  reader.require(above === undefined || bridges.get(above) !== undefined, `the master ${master}, which is no bridge`)
  const shown = links.all().filter((link) => {
    if (ifindex !== 0 && link.ifindex !== ifindex) return false
    return above === undefined || link === above || link.port?.bridge === above
  })
  const entries = shown.flatMap((link) => bridges.of(link)?.fdb.of(link) ?? bridges.get(link)?.fdb.of(undefined) ?? [])
  return { entries }
}

/** What a request is about. */
interface Read {
  readonly entry: Neighbor
  readonly link: FakeLink
  readonly lladdr: string
}

function read({ links }: FdbWorld, reader: RequestReader, verb: 'add' | 'delete'): Read {
  const entry = reader.entry(neighborMessage, headerSize, [LLADDR])
  const { ifindex, lladdr } = entry
  if (ifindex === 0) throw invalid('invalid ifindex')
  const link = links.get(ifindex)
  if (link === undefined) throw new Refusal(Errno.ENODEV, 'unknown ifindex')
  if (lladdr === undefined || lladdr.length !== 17) throw invalid('invalid address')
  if (link.isLoopback) throw invalid(`FDB ${verb} only supported for Ethernet devices`)
  return { entry, link, lladdr }
}

/** Does it at the bridge of a port (NTF_MASTER, or no flag), and at the bridge itself (NTF_SELF): what asks for both gets both. */
function forEach(
  { bridges }: FdbWorld,
  reader: RequestReader,
  { flags, link }: { flags: number; link: FakeLink },
  work: (bridge: Bridge, port: FakeLink | undefined) => void,
): void {
  const above = bridges.of(link)
  const isForMaster = above !== undefined && (flags === 0 || (flags & MASTER) !== 0)
  const own = bridges.get(link)
  reader.require((flags & SELF) === 0 || own !== undefined, 'NTF_SELF for an interface that is no bridge')
  if (isForMaster) work(above, link)
  if ((flags & SELF) !== 0 && own !== undefined) work(own, undefined)
  else if (!isForMaster) throw new Refusal(Errno.EOPNOTSUPP)
}
