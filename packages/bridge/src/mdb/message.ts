import {
  AddressFamily,
  address,
  attribute,
  be16,
  header,
  type Infer,
  type MessageCursor,
  message,
  nested,
  repeated,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import {
  MdbAttribute,
  MdbEntryAttribute,
  MdbRequestAttribute,
  MdbSetAttribute,
  MdbSourceAttribute,
} from './constants.ts'
import { groupAddress, groupHeader, groupOfHeader } from './group.ts'

/** `struct br_port_msg`. */
const portHeader = {
  /** `AF_BRIDGE` (7). */
  family: header(u8),
  /** The bridge, or a vxlan with groups of its own. */
  ifindex: header(u32),
} as const

/** `struct br_mdb_entry`. */
const entryHeader = {
  port: header(u32),
  state: header(u8),
  flags: header(u8),
  vid: header(u16),
  ...groupHeader,
} as const

const source = nested('source', {
  /** An address that is allowed, or that is excluded: see `groupMode`. */
  address: attribute(MdbSourceAttribute.ADDRESS, address),
  /** Hundredths of a second until it ends; 0 where it does not. */
  timer: attribute(MdbSourceAttribute.TIMER, u32, { volatile: true }),
})

/** `MDBA_MDB_ENTRY_INFO`: a group at one port. */
const entryInfo = nested(
  'entry',
  {
    group: groupOfHeader,
    timer: attribute(MdbEntryAttribute.TIMER, u32),
    sources: attribute(
      MdbEntryAttribute.SRC_LIST,
      nested('sources', { list: repeated(MdbSourceAttribute.ENTRY, source) }),
    ),
    groupMode: attribute(MdbEntryAttribute.GROUP_MODE, u8),
    source: attribute(MdbEntryAttribute.SOURCE, address),
    protocol: attribute(MdbEntryAttribute.RTPROT, u8),
    dst: attribute(MdbEntryAttribute.DST, address),
    dstPort: attribute(MdbEntryAttribute.DST_PORT, u16),
    vni: attribute(MdbEntryAttribute.VNI, u32),
    viaIfindex: attribute(MdbEntryAttribute.IFINDEX, u32),
    srcVni: attribute(MdbEntryAttribute.SRC_VNI, u32),
  },
  { header: entryHeader },
)

/** `MDBA_MDB_ENTRY`: a group at all its ports. */
const group = nested('group', { ports: repeated(MdbAttribute.ENTRY_INFO, entryInfo) })

/** A message about groups of one bridge: any number of groups, each at any number of ports. */
export const mdbMessage = message('mdb', {
  header: portHeader,
  attributes: { mdb: attribute(MdbAttribute.MDB, nested('mdb', { groups: repeated(MdbAttribute.ENTRY, group) })) },
})

/** A request that adds or removes a group at one port. */
export const mdbRequest = message('mdb', {
  header: portHeader,
  attributes: {
    entry: attribute(
      MdbRequestAttribute.ENTRY,
      nested('entry', { group: groupOfHeader }, { header: entryHeader, flag: false }),
    ),
    options: attribute(
      MdbRequestAttribute.ENTRY_ATTRS,
      nested('options', {
        source: attribute(MdbSetAttribute.SOURCE, address),
        groupMode: attribute(MdbSetAttribute.GROUP_MODE, u8),
        protocol: attribute(MdbSetAttribute.RTPROT, u8),
      }),
    ),
  },
})

/** A group at one port, as a table holds it. The kernel has no attributes for it outside of its messages: these are ours. */
export const mdbRow = message('mdb', {
  header: portHeader,
  attributes: {
    /** The port that wants the group: of a bridge, the bridge itself, or the vxlan. */
    port: attribute(1, u32),
    /** VLAN, 1 to 4094; absent: in none. */
    vid: attribute(2, u16),
    /** Address of the group: IPv4, IPv6, or a hardware address. */
    group: attribute(3, groupAddress),
    /** The only source that is meant. */
    source: attribute(4, address),
    /** `MdbState`. */
    state: attribute(5, u8),
    /** `MdbFlag`. */
    flags: attribute(6, u8),
    /** `MdbMode`. */
    groupMode: attribute(7, u8),
    /** Who made the entry (`RTPROT_*`). */
    protocol: attribute(8, u8),
    /** Hundredths of a second until it ends; 0 where it does not. */
    timer: attribute(9, u32, { volatile: true }),
    /** Sources of the group that `groupMode` is about; absent: none. */
    sources: repeated(10, source),
    /** Of a vxlan: IP address of the remote that gets the group. */
    dst: attribute(11, address),
    /** Of a vxlan: UDP port of the remote, if it is not that of the vxlan. */
    dstPort: attribute(12, be16),
    /** Of a vxlan: VNI at the remote, if it is not that of the vxlan. */
    vni: attribute(13, u32),
    /** Of a vxlan: index of the interface through which the remote is reached. */
    viaIfindex: attribute(14, u32),
    /** Of a vxlan that carries many VNIs (`external`): the one here. */
    srcVni: attribute(15, u32),
  },
})

/** A multicast group at a port of a bridge, as the kernel reports it. */
export type Mdb = Infer<typeof mdbRow>

/**
 * The entries that a message holds; none of one about ports at which there are routers.
 * @throws {DecodeError} the message is malformed
 */
export function* mdbEntriesOf({ view, body, end }: MessageCursor): Generator<Mdb, void, undefined> {
  const { ifindex, mdb } = mdbMessage.decode(view, body, end)
  // A dump leaves the family out.
  const family = AddressFamily.BRIDGE
  for (const { ports = [] } of mdb?.groups ?? []) {
    for (const { sources, vid, ...rest } of ports) {
      const list = sources?.list === undefined ? {} : { sources: sources.list }
      yield { family, ifindex, ...rest, ...(vid === 0 ? {} : { vid }), ...list }
    }
  }
}
