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
    family: header(u8),
    dstLen: hidden(u8),
    srcLen: hidden(u8),
    tos: header(u8),
    tableByte: hidden(u8),
    reserved1: hidden(u8),
    reserved2: hidden(u8),
    action: header(u8),
    flags: header(u32),
  },
  attributes: {
    table,
    suppressPrefixlen: unlessNegative(RuleAttribute.SUPPRESS_PREFIXLEN),
    protocol: attribute(RuleAttribute.PROTOCOL, u8),
    iifname: attribute(RuleAttribute.IIFNAME, string(15)),
    oifname: attribute(RuleAttribute.OIFNAME, string(15)),
    priority,
    fwmark: attribute(RuleAttribute.FWMARK, u32),
    fwmask: attribute(RuleAttribute.FWMASK, u32),
    goto: attribute(RuleAttribute.GOTO, u32),
    tunId: attribute(RuleAttribute.TUN_ID, be64),
    l3mdev: attribute(RuleAttribute.L3MDEV, u8),
    uidRange: range(RuleAttribute.UID_RANGE, u32),
    sportRange: range(RuleAttribute.SPORT_RANGE, u16),
    sportMask: attribute(RuleAttribute.SPORT_MASK, u16),
    dportRange: range(RuleAttribute.DPORT_RANGE, u16),
    dportMask: attribute(RuleAttribute.DPORT_MASK, u16),
    ipProto: attribute(RuleAttribute.IP_PROTO, u8),
    suppressIfgroup: unlessNegative(RuleAttribute.SUPPRESS_IFGROUP),
    dscp: attribute(RuleAttribute.DSCP, u8),
    dscpMask: attribute(RuleAttribute.DSCP_MASK, u8),
    dst: prefix(RuleAttribute.DST, ruleHeader.dstLen),
    src: prefix(RuleAttribute.SRC, ruleHeader.srcLen),
    flow: attribute(RuleAttribute.FLOW, u32),
    flowlabel: attribute(RuleAttribute.FLOWLABEL, be32),
    flowlabelMask: attribute(RuleAttribute.FLOWLABEL_MASK, be32),
  },
})

/** A policy rule as the kernel reports it. */
export type Rule = Infer<typeof ruleMessage>
