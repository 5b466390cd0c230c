import {
  attribute,
  be32,
  be64,
  type Composed,
  composed,
  exactSpan,
  header,
  hidden,
  type Infer,
  littleEndian,
  message,
  s32,
  string,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import { RuleAttribute, ruleHeader } from './constants.ts'
import { prefix } from './prefix.ts'
import { range } from './range.ts'

/** A table that the 8 bits of the header are too few for (`RT_TABLE_COMPAT`). */
const wideTable = 252

/** The routing table: 32 bits in `FRA_TABLE`, and as far as they go 8 in the header. 0 is none. */
const table: Composed<number> = composed({
  spans: [exactSpan(RuleAttribute.TABLE, 4)],
  read(view, start, at = -1) {
    const id = at < 0 ? view.getUint8(start + ruleHeader.table) : view.getUint32(at, littleEndian)
    return id === 0 ? undefined : id
  },
  write(writer, value, start) {
    const at = writer.begin(RuleAttribute.TABLE)
    u32.write(writer, value)
    writer.end(at)
    writer.setU8(start + ruleHeader.table, value > 0xff ? wideTable : value)
  },
})

/** The kernel leaves out a priority of 0. */
const priority: Composed<number> = composed({
  spans: [exactSpan(RuleAttribute.PRIORITY, 4)],
  read: (view, _start, at = -1) => (at < 0 ? 0 : view.getUint32(at, littleEndian)),
  write(writer, value) {
    const at = writer.begin(RuleAttribute.PRIORITY)
    u32.write(writer, value)
    writer.end(at)
  },
})

/** A number of which the kernel says -1 where there is none. */
function unlessNegative(type: number): Composed<number> {
  return composed({
    spans: [exactSpan(type, 4)],
    read(view, _start, at = -1) {
      const value = at < 0 ? -1 : view.getInt32(at, littleEndian)
      return value < 0 ? undefined : value
    },
    write(writer, value) {
      const at = writer.begin(type)
      s32.write(writer, value)
      writer.end(at)
    },
  })
}

/** `struct fib_rule_hdr` and the attributes of a rule, in the order in which the kernel writes them. */
export const ruleMessage = message('rule', {
  header: {
    /** `AF_INET` (2) or `AF_INET6` (10). */
    family: header(u8),
    /** Length of `dst`, in bits. */
    dstLen: hidden(u8),
    /** Length of `src`, in bits. */
    srcLen: hidden(u8),
    /** TOS or traffic class of the packets; 0: any. */
    tos: header(u8),
    /** The low 8 bits of `table`. */
    tableByte: hidden(u8),
    /** Filler. */
    reserved1: hidden(u8),
    /** Filler. */
    reserved2: hidden(u8),
    /** `RuleAction`: what happens to packets. */
    action: header(u8),
    /** `RuleFlag`. */
    flags: header(u32),
  },
  attributes: {
    table,
    /** Routes found with at most so long a prefix do not count; absent: all do. */
    suppressPrefixlen: unlessNegative(RuleAttribute.SUPPRESS_PREFIXLEN),
    /** Who made it (`RTPROT_*`). */
    protocol: attribute(RuleAttribute.PROTOCOL, u8),
    /** Name of the interface by which packets arrive, `lo` for those of this host; absent: any. */
    iifname: attribute(RuleAttribute.IIFNAME, string(15)),
    /** Name of the interface that the socket is bound to; absent: any. */
    oifname: attribute(RuleAttribute.OIFNAME, string(15)),
    priority,
    /** Mark of the packets, of the bits of `fwmask`. */
    fwmark: attribute(RuleAttribute.FWMARK, u32),
    /** Bits of the mark that are compared. */
    fwmask: attribute(RuleAttribute.FWMASK, u32),
    /** Priority of the rule to go on with. */
    goto: attribute(RuleAttribute.GOTO, u32),
    /** Id of the tunnel that packets came by, such as a VNI; absent: any. */
    tunId: attribute(RuleAttribute.TUN_ID, be64),
    /** 1: the table is that of the VRF of the interface. */
    l3mdev: attribute(RuleAttribute.L3MDEV, u8),
    /** User ids of who sends. */
    uidRange: range(RuleAttribute.UID_RANGE, u32),
    /** Source ports. */
    sportRange: range(RuleAttribute.SPORT_RANGE, u16),
    /** Bits of the source port that are compared. */
    sportMask: attribute(RuleAttribute.SPORT_MASK, u16),
    /** Destination ports. */
    dportRange: range(RuleAttribute.DPORT_RANGE, u16),
    /** Bits of the destination port that are compared. */
    dportMask: attribute(RuleAttribute.DPORT_MASK, u16),
    /** Protocol over IP (`IPPROTO_*`): 6 TCP, 17 UDP; absent: any. */
    ipProto: attribute(RuleAttribute.IP_PROTO, u8),
    /** Routes found by an interface of this group do not count; absent: all do. */
    suppressIfgroup: unlessNegative(RuleAttribute.SUPPRESS_IFGROUP),
    /** DSCP of the packets, 0 to 63; absent: any. */
    dscp: attribute(RuleAttribute.DSCP, u8),
    /** Bits of the DSCP that are compared. */
    dscpMask: attribute(RuleAttribute.DSCP_MASK, u8),
    /** Prefix of the destination; absent: any. */
    dst: prefix(RuleAttribute.DST, ruleHeader.dstLen),
    /** Prefix of the source; absent: any. */
    src: prefix(RuleAttribute.SRC, ruleHeader.srcLen),
    /** Realms that packets get, of IPv4: the upper 16 bits are that of the source. */
    flow: attribute(RuleAttribute.FLOW, u32),
    /** Flow label of the packets, of IPv6; absent: any. */
    flowlabel: attribute(RuleAttribute.FLOWLABEL, be32),
    /** Bits of the flow label that are compared. */
    flowlabelMask: attribute(RuleAttribute.FLOWLABEL_MASK, be32),
  },
})

/** A policy rule as the kernel reports it. */
export type Rule = Infer<typeof ruleMessage>
