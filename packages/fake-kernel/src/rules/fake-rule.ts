import { type Rule, RuleAction, RuleFlag } from '@rtnl/rule'

/** Numbers from a first to a last one. */
interface Range {
  readonly start: number
  readonly end: number
}

/** A policy rule (`struct fib_rule`). What it does not look at is undefined, or 0 where it says so. */
export interface FakeRule {
  readonly family: number
  readonly action: number
  /** `FIB_RULE_*` as the program gave them. */
  readonly flags: number
  readonly priority: number
  /** 0 for a rule that looks nothing up. */
  readonly table: number
  readonly protocol: number
  readonly iifname: string | undefined
  readonly oifname: string | undefined
  readonly mark: number
  readonly markMask: number
  /** The priority of the rule that it goes to; 0 for none. */
  readonly target: number
  /** -1 for none. */
  readonly suppressPrefixlen: number
  /** -1 for none. */
  readonly suppressIfgroup: number
  readonly uidRange: Range | undefined
  /** 0 for any. */
  readonly ipProto: number
  readonly sportRange: Range | undefined
  readonly dportRange: Range | undefined
  /** Of the header. 0 for any. */
  readonly tos: number
  /** All six bits of it, 0 too. */
  readonly dscp: number | undefined
  /** An address with its length. */
  readonly src: string | undefined
  readonly dst: string | undefined
  /** Realms. 0 for none. */
  readonly flow: number
}

/** A rule of the kernel's own. */
export function ownRule(family: number, priority: number, table: number): FakeRule {
  const { LOOKUP } = RuleAction
  return { ...anyPacket, family, priority, table, action: LOOKUP, flags: 0, protocol: 2, target: 0 }
}

const anyPacket = {
  iifname: undefined,
  oifname: undefined,
  mark: 0,
  markMask: 0,
  suppressPrefixlen: -1,
  suppressIfgroup: -1,
  uidRange: undefined,
  ipProto: 0,
  sportRange: undefined,
  dportRange: undefined,
  tos: 0,
  dscp: undefined,
  src: undefined,
  dst: undefined,
  flow: 0,
} as const

/** What the kernel knows of the rest of the namespace when it reports a rule. */
export interface RuleSurroundings {
  hasLink(name: string): boolean
  hasTarget(rule: FakeRule): boolean
}

const allBits = { port: 0xffff, dscp: 0x3f } as const

/** The entry as the kernel reports it. */
export function ruleEntry(rule: FakeRule, { hasLink, hasTarget }: RuleSurroundings): Partial<Rule> {
  const { UNRESOLVED, IIF_DETACHED, OIF_DETACHED } = RuleFlag
  const { family, action, table, protocol, priority, tos, iifname, oifname, uidRange, sportRange, dportRange } = rule
  const isUnresolved = action === RuleAction.GOTO && !hasTarget(rule)
  const state =
    (isUnresolved ? UNRESOLVED : 0) |
    (iifname !== undefined && !hasLink(iifname) ? IIF_DETACHED : 0) |
    (oifname !== undefined && !hasLink(oifname) ? OIF_DETACHED : 0)
  return {
    family,
    action,
    flags: rule.flags | state,
    tos,
    protocol,
    ...given({
      table: rule.table === 0 ? undefined : table,
      priority: priority === 0 ? undefined : priority,
      suppressPrefixlen: rule.suppressPrefixlen < 0 ? undefined : rule.suppressPrefixlen,
      suppressIfgroup: rule.suppressIfgroup < 0 ? undefined : rule.suppressIfgroup,
      iifname,
      oifname,
      fwmark: rule.mark === 0 ? undefined : rule.mark,
      fwmask: rule.mark === 0 && rule.markMask === 0 ? undefined : rule.markMask,
      goto: rule.target === 0 ? undefined : rule.target,
      uidRange,
      ipProto: rule.ipProto === 0 ? undefined : rule.ipProto,
      sportRange,
      sportMask: isOne(sportRange) ? allBits.port : undefined,
      dportRange,
      dportMask: isOne(dportRange) ? allBits.port : undefined,
      dscp: rule.dscp,
      dscpMask: rule.dscp === undefined ? undefined : allBits.dscp,
      src: rule.src,
      dst: rule.dst,
      flow: rule.flow === 0 ? undefined : rule.flow,
    }),
  }
}

/** Whether a range is one number: the kernel then says a mask with it. */
function isOne(range: Range | undefined): boolean {
  return range !== undefined && range.start === range.end
}

function given(fields: Partial<Rule> | Record<string, unknown>): Partial<Rule> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Rule>
}

/** Whether both look at the same packets in the same way, and do the same with them (`rule_exists`). */
export function isSameRule(present: FakeRule, wanted: FakeRule): boolean {
  const fields = [
    ...(['action', 'table', 'priority', 'iifname', 'oifname', 'mark', 'markMask', 'ipProto', 'protocol'] as const),
    ...(['suppressIfgroup', 'suppressPrefixlen'] as const),
  ]
  return (
    fields.every((field) => present[field] === wanted[field]) &&
    isSameRange(present.uidRange, wanted.uidRange) &&
    isSameRange(present.sportRange, wanted.sportRange) &&
    isSameRange(present.dportRange, wanted.dportRange) &&
    hasNamedPackets(present, wanted)
  )
}

/**
 * Whether a request for removal means a rule: what it does not say is anything (`rule_find`).
 * @param names whether the request says a priority
 */
export function isMeantRule(present: FakeRule, wanted: FakeRule, { names }: { readonly names: boolean }): boolean {
  const numbers = ['action', 'table', 'mark', 'markMask', 'ipProto', 'protocol'] as const
  const limits = ['suppressIfgroup', 'suppressPrefixlen'] as const
  const texts = ['iifname', 'oifname'] as const
  const ranges = ['uidRange', 'sportRange', 'dportRange'] as const
  return (
    (!names || present.priority === wanted.priority) &&
    numbers.every((field) => wanted[field] === 0 || present[field] === wanted[field]) &&
    limits.every((field) => wanted[field] === -1 || present[field] === wanted[field]) &&
    texts.every((field) => wanted[field] === undefined || present[field] === wanted[field]) &&
    ranges.every((field) => wanted[field] === undefined || isSameRange(present[field], wanted[field])) &&
    hasNamedPackets(present, wanted)
  )
}

/** What families look at themselves: the kernel compares only what the request says, whatever else the present rule says. */
function hasNamedPackets(present: FakeRule, { src, dst, tos, dscp, flow }: FakeRule): boolean {
  return (
    (src === undefined || src === present.src) &&
    (dst === undefined || dst === present.dst) &&
    (tos === 0 || (present.dscp === undefined && tos === present.tos)) &&
    (dscp === undefined || dscp === present.dscp) &&
    (flow === 0 || flow === present.flow)
  )
}

function isSameRange(one: Range | undefined, other: Range | undefined): boolean {
  return one?.start === other?.start && one?.end === other?.end
}
