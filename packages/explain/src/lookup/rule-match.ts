import { AddressFamily } from '@rtnl/netlink-core'
import { type Range, type Rule, RuleFlag } from '@rtnl/rule'
import { lengthIfIn } from '../prefix.ts'
import type { Packet } from '../question/question.ts'
import type { Snapshot } from '../snapshot.ts'

/** The interface by which packets of this host enter the rules: they are as if they came from the loopback (`LOOPBACK_IFINDEX`). */
const loopback = 1

/** Whether a rule matches a packet of this host (`fib_rule_match`, `net/core/fib_rules.c`). */
export function matches(rule: Rule, packet: Packet, snapshot: Snapshot): boolean {
  return matchesPlainly(rule, packet, snapshot) !== ((rule.flags & RuleFlag.INVERT) !== 0)
}

function matchesPlainly(rule: Rule, packet: Packet, snapshot: Snapshot): boolean {
  return (
    matchesInterfaces(rule, packet, snapshot) &&
    (rule.l3mdev === undefined || vrfTable(packet, snapshot) !== undefined) &&
    matchesUser(rule.uidRange, packet.uid) &&
    (rule.dst === undefined || lengthIfIn(rule.dst, packet.dstBytes) >= 0) &&
    matchesSource(rule, packet) &&
    matchesNothingElse(rule)
  )
}

function matchesInterfaces({ iifname, oifname }: Rule, { oif }: Packet, snapshot: Snapshot): boolean {
  if (iifname !== undefined && snapshot.link(loopback)?.ifname !== iifname) return false
  if (oifname === undefined) return true
  const link = snapshot.link(oif)
  return link !== undefined && [link.ifname, snapshot.link(vrfOf(oif, snapshot))?.ifname].includes(oifname)
}

function matchesUser(range: Range | undefined, uid: number | undefined): boolean {
  return range === undefined || (uid !== undefined && uid >= range.start && uid <= range.end)
}

/** Without a source IPv4 compares with 0.0.0.0; IPv6 says that there is none, unless the rule is to find one for it. */
function matchesSource({ src, flags, family }: Rule, { srcBytes }: Packet): boolean {
  if (src === undefined) return true
  if (srcBytes !== undefined) return lengthIfIn(src, srcBytes) >= 0
  if (family === AddressFamily.INET6) return (flags & RuleFlag.FIND_SADDR) !== 0
  return lengthIfIn(src, new Uint8Array(4)) >= 0
}

/** Whether what a rule says of the rest fits a packet without mark, type of service, protocol, ports and labels. */
function matchesNothingElse(rule: Rule): boolean {
  const { fwmark = 0, fwmask = 0, tos, tunId, ipProto, sportRange, dportRange, dscp = 0, dscpMask = 0x3f } = rule
  const { flowlabel = 0, flowlabelMask = 0xfffff } = rule
  return (
    (fwmark & fwmask) === 0 &&
    tos === 0 &&
    (dscp & dscpMask) === 0 &&
    (flowlabel & flowlabelMask) === 0 &&
    tunId === undefined &&
    ipProto === undefined &&
    sportRange === undefined &&
    dportRange === undefined
  )
}

/** The VRF that an interface is, or belongs to. */
function vrfOf(ifindex: number | undefined, snapshot: Snapshot): number | undefined {
  const link = snapshot.link(ifindex)
  if (link?.vrf !== undefined) return link.ifindex
  return snapshot.link(link?.master)?.vrf === undefined ? undefined : link?.master
}

/** The table of the VRF that a packet is bound to. */
export function vrfTable({ oif }: Packet, snapshot: Snapshot): number | undefined {
  return snapshot.link(vrfOf(oif, snapshot))?.vrf?.table
}
