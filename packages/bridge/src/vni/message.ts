import {
  address,
  attribute,
  header,
  hidden,
  type Infer,
  type Kind,
  type MessageCursor,
  message,
  nested,
  repeated,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import { checkReceived, vniNumbers } from '../ranges.ts'
import { VniAttribute, VniEntryAttribute } from './constants.ts'

/** `struct tunnel_msg`. */
const tunnelHeader = {
  /** `AF_BRIDGE` (7). */
  family: header(u8),
  /** `TUNNEL_MSG_FLAG_*`, of requests alone. */
  flags: hidden(u8),
  /** Filler. */
  reserved: hidden(u16),
  /** The vxlan. */
  ifindex: header(u32),
} as const

const ipv4: Kind<string> = { ...address, maximum: 4, lengths: [4] }
const ipv6: Kind<string> = { ...address, minimum: 16, lengths: [16] }

/** `VXLAN_VNIFILTER_ENTRY`: one VNI or a range. */
const vniEntry = nested('entry', {
  start: attribute(VniEntryAttribute.START, u32),
  end: attribute(VniEntryAttribute.END, u32),
  group4: attribute(VniEntryAttribute.GROUP, ipv4),
  group6: attribute(VniEntryAttribute.GROUP6, ipv6),
})

/** A message about VNIs of one vxlan: any number of VNIs and ranges. */
export const vniMessage = message('vni', {
  header: tunnelHeader,
  attributes: { entries: repeated(VniAttribute.ENTRY, vniEntry) },
})

/** One VNI, as a table holds it. The kernel has no attributes for it outside of its messages: these are ours. */
export const vniRow = message('vni', {
  header: tunnelHeader,
  attributes: {
    /** 1 to 2^24 - 1. */
    vni: attribute(1, u32),
    /** The remote or multicast address that unknown destinations of the VNI go to; absent: that of the vxlan. */
    group: attribute(2, address),
  },
})

/** A VNI that a vxlan with a filter (`vnifilter`) takes, as the kernel reports it. */
export type Vni = Infer<typeof vniRow>

/**
 * The VNIs that a message holds; of a range each has all that the range has.
 * @throws {DecodeError} the message is malformed
 */
export function* vnisOf({ view, body, end }: MessageCursor): Generator<Vni, void, undefined> {
  const { family, ifindex, entries = [] } = vniMessage.decode(view, body, end)
  const ranges = entries.flatMap(({ start, end: last = start, group4, group6 }) =>
    start === undefined || last === undefined ? [] : [{ first: start, last, group: group4 ?? group6 }],
  )
  checkReceived('vni', vniNumbers, ranges, body)
  for (const { first, last, group } of ranges) {
    for (let vni = first; vni <= last; vni++) yield { family, ifindex, vni, ...(group === undefined ? {} : { group }) }
  }
}
