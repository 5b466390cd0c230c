import {
  attribute,
  composed,
  header,
  hidden,
  type Infer,
  littleEndian,
  type MessageCursor,
  message,
  nested,
  repeated,
  span,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import { checkReceived, vlanNumbers } from '../ranges.ts'
import { VlanAttribute, VlanEntryAttribute, VlanTunnelAttribute } from './constants.ts'

/** `struct br_vlan_msg`. */
const vlanHeader = {
  /** `AF_BRIDGE` (7). */
  family: header(u8),
  /** Filler. */
  reserved1: hidden(u8),
  /** Filler. */
  reserved2: hidden(u16),
  /** The port, or the bridge itself. */
  ifindex: header(u32),
} as const

/** `struct bridge_vlan_info`: flags (`BRIDGE_VLAN_INFO_*`) and the VLAN. */
interface VlanInfo {
  readonly flags: number
  readonly vid: number
}

const info = composed<VlanInfo>({
  spans: [span(VlanEntryAttribute.INFO, 4)],
  read(view, _header, at = -1) {
    if (at < 0) return undefined
    return { flags: view.getUint16(at, littleEndian), vid: view.getUint16(at + 2, littleEndian) }
  },
  write(writer, { flags, vid }) {
    const start = writer.begin(VlanEntryAttribute.INFO)
    writer.u16(flags)
    writer.u16(vid)
    writer.end(start)
  },
})

const tunnel = nested('tunnel', {
  id: attribute(VlanTunnelAttribute.ID, u32),
  command: attribute(VlanTunnelAttribute.CMD, u32),
})

/** `BRIDGE_VLANDB_ENTRY`: one VLAN or a range. */
const vlanEntry = nested('entry', {
  info,
  range: attribute(VlanEntryAttribute.RANGE, u16),
  state: attribute(VlanEntryAttribute.STATE, u8),
  tunnel: attribute(VlanEntryAttribute.TUNNEL_INFO, tunnel),
  mcastRouter: attribute(VlanEntryAttribute.MCAST_ROUTER, u8),
  mcastGroups: attribute(VlanEntryAttribute.MCAST_N_GROUPS, u32),
  mcastMaxGroups: attribute(VlanEntryAttribute.MCAST_MAX_GROUPS, u32),
  neighSuppress: attribute(VlanEntryAttribute.NEIGH_SUPPRESS, u8),
})

export type VlanEntry = Infer<typeof vlanEntry>

/** A message about VLANs of one port or bridge: any number of VLANs and ranges. */
export const vlanMessage = message('vlan', {
  header: vlanHeader,
  attributes: { entries: repeated(VlanAttribute.ENTRY, vlanEntry) },
})

/** One VLAN, as a table holds it. The kernel has no attributes for it outside of its messages: these are ours. */
export const vlanRow = message('vlan', {
  header: vlanHeader,
  attributes: {
    /** 1 to 4094. */
    vid: attribute(1, u16),
    /** `VlanFlag`. */
    flags: attribute(2, u16),
    /** `VlanState`. */
    state: attribute(3, u8),
    /** Id of the tunnel, such as a VNI, that the VLAN is mapped to on a port with `vlan_tunnel`. */
    tunnelId: attribute(4, u32),
    /** `MDB_RTR_TYPE_*`: 0 none, 1 by queries (the usual), 2 always. */
    mcastRouter: attribute(5, u8),
    /** Multicast groups on the port: a counter. */
    mcastGroups: attribute(6, u32, { volatile: true }),
    /** The most multicast groups; 0: as many as there are. */
    mcastMaxGroups: attribute(7, u32),
    /** 1 where the bridge answers for neighbours (Linux 6.3). */
    neighSuppress: attribute(8, u8),
  },
})

/** A VLAN of a port or of a bridge, as the kernel reports it. */
export type Vlan = Infer<typeof vlanRow>

/**
 * The VLANs that a message holds; of a range each has all that the range has, and a tunnel id of its own.
 * @throws {DecodeError} the message is malformed
 */
export function* vlansOf({ view, body, end }: MessageCursor): Generator<Vlan, void, undefined> {
  const { family, ifindex, entries = [] } = vlanMessage.decode(view, body, end)
  const ranges = entries.flatMap(({ info, range, ...rest }) =>
    info === undefined ? [] : [{ first: info.vid, last: range ?? info.vid, flags: info.flags, ...rest }],
  )
  checkReceived('vlan', vlanNumbers, ranges, body)
  for (const { first, last, flags, tunnel, ...rest } of ranges) {
    for (let vid = first; vid <= last; vid++) {
      const tunnelId = tunnel?.id === undefined ? {} : { tunnelId: tunnel.id + vid - first }
      yield { family, ifindex, vid, flags, ...rest, ...tunnelId }
    }
  }
}
