import { AddressFamily, Errno, MessageFlag } from '@rtnl/netlink-core'
import { type Rule, RuleAction, RuleAttribute, ruleMessage } from '@rtnl/rule'
import type { FakeDump } from '../dump.ts'
import type { Fib6Tables } from '../ipv6/fib6-table.ts'
import type { Origin } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { bodyOffset, type RequestReader } from '../request.ts'
import type { FibTables } from '../routes/fib-table.ts'
import type { FakeRule } from './fake-rule.ts'
import type { Rules } from './rules.ts'

const { DST, SRC, IIFNAME, GOTO, PRIORITY, FWMARK, FLOW, SUPPRESS_IFGROUP, SUPPRESS_PREFIXLEN } = RuleAttribute
const { TABLE, FWMASK, OIFNAME, UID_RANGE, PROTOCOL, IP_PROTO, SPORT_RANGE, DPORT_RANGE, DSCP } = RuleAttribute
const known = [
  ...[DST, SRC, IIFNAME, GOTO, PRIORITY, FWMARK, FLOW, SUPPRESS_IFGROUP, SUPPRESS_PREFIXLEN],
  ...[TABLE, FWMASK, OIFNAME, UID_RANGE, PROTOCOL, IP_PROTO, SPORT_RANGE, DPORT_RANGE, DSCP],
]
/** `struct fib_rule_hdr`, and offsets in it. */
const header = { dstLength: 1, srcLength: 2, size: 12 } as const
const congestion = 3
/** The bits of the byte that IPv4 looks routes up with (`IPTOS_TOS_MASK`). */
const typeOfService = 0x1e
const largest = { port: 0xfffe, mark: 0xffffffff, uid: 0xfffffffe } as const

const invalid = (text: string): Refusal => new Refusal(Errno.EINVAL, text)

/** What the requests work on. */
export interface RuleWorld {
  readonly rules: Rules
  readonly tables: FibTables
  readonly tables6: Fib6Tables
}

/** RTM_NEWRULE */
export function newRule(world: RuleWorld, reader: RequestReader, origin: Origin): void {
  const { rules } = world
  const { rule } = read(rules, reader)
  if (reader.has(MessageFlag.EXCL) && rules.has(rule)) throw new Refusal(Errno.EEXIST)
  rules.add(configured(rule, world), origin)
}

/** RTM_DELRULE */
export function deleteRule({ rules, tables }: RuleWorld, reader: RequestReader, origin: Origin): void {
  const { rule, names } = read(rules, reader)
  rules.remove(rule, names, origin)
  if (rule.family === AddressFamily.INET) tables.separate()
}

/** RTM_GETRULE for all, or for those of a family. */
export function dumpRules(rules: Rules, reader: RequestReader): FakeDump<Rule> {
  const { family, flags, action, tos } = reader.entry(ruleMessage, header.size, [])
  reader.require(flags === 0 && action === 0 && tos === 0, 'a filter')
  const families = family === AddressFamily.UNSPEC ? rules.families() : [family]
  const entries = families.flatMap((each) => {
    const list = rules.of(each)
    if (list === undefined) throw new Refusal(Errno.EAFNOSUPPORT)
    return list.map((rule) => rules.entry(rule))
  })
  return { entries }
}

function read(rules: Rules, reader: RequestReader): { readonly rule: FakeRule; readonly names: boolean } {
  const entry = reader.entry(ruleMessage, header.size, known)
  const { family } = entry
  if (rules.of(family) === undefined) throw new Refusal(Errno.EAFNOSUPPORT, 'Rule family not supported')
  const isKnown = family === AddressFamily.INET || family === AddressFamily.INET6
  reader.require(isKnown, `the address family ${family}`)
  const places = reader.attributes({ start: bodyOffset + header.size, end: reader.view.byteLength }, known)
  const src = prefixOf(entry.src, reader, header.srcLength)
  const dst = prefixOf(entry.dst, reader, header.dstLength)
  if (src === 'wrong') throw invalid('Invalid source address')
  if (dst === 'wrong') throw invalid('Invalid dst address')
  if (places.has(GOTO) && entry.action !== RuleAction.GOTO) throw invalid('Unexpected goto')
  if (!places.has(GOTO) && entry.action === RuleAction.GOTO) throw invalid('Missing goto target for action goto')
  checkRanges(entry)
  const names = places.has(PRIORITY)
  const priority = names ? (entry.priority ?? 0) : rules.freePriority(family)
  if (entry.goto !== undefined && entry.goto <= priority) throw invalid('Backward goto not supported')
  const mark = entry.fwmark ?? 0
  const rule: FakeRule = {
    family,
    action: entry.action,
    flags: entry.flags,
    priority,
    table: entry.table ?? 0,
    protocol: entry.protocol ?? 0,
    iifname: entry.iifname,
    oifname: entry.oifname,
    mark,
    markMask: entry.fwmask ?? (mark === 0 ? 0 : largest.mark),
    target: entry.goto ?? 0,
    suppressPrefixlen: entry.suppressPrefixlen ?? -1,
    suppressIfgroup: entry.suppressIfgroup ?? -1,
    uidRange: entry.uidRange,
    ipProto: entry.ipProto ?? 0,
    sportRange: entry.sportRange,
    dportRange: entry.dportRange,
    tos: entry.tos,
    dscp: entry.dscp,
    src,
    dst,
    flow: family === AddressFamily.INET ? (entry.flow ?? 0) : 0,
  }
  return { rule, names }
}

function checkRanges({ uidRange, sportRange, dportRange }: Rule): void {
  if (uidRange !== undefined && (uidRange.end > largest.uid || uidRange.start > uidRange.end)) {
    throw invalid('Invalid uid range')
  }
  for (const [name, range] of Object.entries({ sport: sportRange, dport: dportRange })) {
    if (range === undefined) continue
    const { start, end } = range
    if (start === 0 || end > largest.port || start > end) throw invalid(`Invalid ${name} range`)
  }
}

/** A prefix of the request; undefined where its length is 0, whatever its address is. */
function prefixOf(prefix: string | undefined, { view }: RequestReader, lengthAt: number): string | 'wrong' | undefined {
  const length = view.getUint8(bodyOffset + lengthAt)
  if (length === 0) return undefined
  const isIpv6 = view.getUint8(bodyOffset) === AddressFamily.INET6
  const isRight = prefix !== undefined && length <= (isIpv6 ? 128 : 32) && prefix.includes(':') === isIpv6
  return isRight ? prefix : 'wrong'
}

/** What the family makes of a rule. */
function configured(rule: FakeRule, { tables, tables6 }: RuleWorld): FakeRule {
  if ((rule.tos & congestion) !== 0) throw invalid('Invalid dsfield (tos): ECN bits must be 0')
  if (rule.dscp !== undefined && rule.tos !== 0) throw invalid('Cannot specify both TOS and DSCP')
  if (rule.family === AddressFamily.INET6) {
    if (rule.action === RuleAction.LOOKUP && rule.table === 0) throw invalid('Invalid table')
    if (rule.action === RuleAction.LOOKUP) tables6.make(rule.table)
    return rule
  }
  if ((rule.tos & ~typeOfService) !== 0) throw invalid('Invalid tos')
  tables.separate()
  const needsTable = rule.action === RuleAction.LOOKUP && rule.table === 0
  return needsTable ? { ...rule, table: tables.makeFree() } : rule
}
