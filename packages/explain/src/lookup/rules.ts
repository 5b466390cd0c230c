import { AddressFamily, Errno } from '@rtnl/netlink-core'
import { RouteTableId } from '@rtnl/route'
import { type Rule, RuleAction, RuleFlag } from '@rtnl/rule'
import type { Packet } from '../question/question.ts'
import type { Snapshot } from '../snapshot.ts'
import type { RuleStep } from '../step.ts'
import { Candidates, type Found } from './fib.ts'
import { matches, vrfTable } from './rule-match.ts'

/** What the rules lead to. */
export interface RuleResult {
  readonly steps: readonly Omit<RuleStep, 'underlay'>[]
  /** The route; `undefined` if the rules end without one. */
  readonly found: Found | undefined
  /** The error that the kernel gives; `undefined` if the packet has a route that carries it. */
  readonly errno: number | undefined
  /** Whether the kernel asks the tables local and main at once, and says main of the routes of both. */
  readonly merged: boolean
}

type Verdict = { readonly text: string } & Partial<Pick<RuleResult, 'found' | 'errno'>>

/** What rules answer that carry no packets (`fib4_rule_action`, `fib6_rule_action`). */
const refusals = new Map<number, number>([
  [RuleAction.BLACKHOLE, Errno.EINVAL],
  [RuleAction.UNREACHABLE, Errno.ENETUNREACH],
  [RuleAction.PROHIBIT, Errno.EACCES],
])

/** Goes through the rules in their order, and looks up the tables that they name. */
export function followRules(packet: Packet, snapshot: Snapshot): RuleResult {
  const rules = Array.from(snapshot.tables.rules).filter(({ family }) => family === packet.family)
  const candidates = new Candidates(packet, snapshot)
  const merged = packet.family === AddressFamily.INET && areUntouched(rules)
  const steps: Omit<RuleStep, 'underlay'>[] = []
  for (let at = 0; at < rules.length; at++) {
    const rule = rules[at]!
    if (!matches(rule, packet, snapshot)) continue
    const asked = tablesOf(rule, packet, snapshot, merged)
    // The table that the rule of priority 0 looks up has been asked together with another one.
    if (asked.length === 0 && rule.action === RuleAction.LOOKUP && merged) continue
    const verdict = apply(rule, asked, candidates, packet)
    const { found, errno, text } = verdict
    const ends = found !== undefined || errno !== undefined
    const stops = found === undefined && errno !== undefined
    const entry =
      merged && found !== undefined ? (rules.find(({ table }) => table === found.route.table) ?? rule) : rule
    steps.push({ kind: 'rule', entry, outcome: stops ? 'stops' : 'next', text })
    if (ends) return { steps, found, errno: errno ?? found?.errno, merged }
    if (rule.action !== RuleAction.GOTO || rule.goto === undefined) continue
    const target = rules.findIndex(({ priority }) => priority === rule.goto)
    if (target > at) at = target - 1
  }
  return { steps, found: undefined, errno: Errno.ENETUNREACH, merged }
}

/** Without rules of programs IPv4 keeps the routes of local and main together, and takes the longest prefix of both. */
function areUntouched(rules: readonly Rule[]): boolean {
  const tables = [RouteTableId.LOCAL, RouteTableId.MAIN, RouteTableId.DEFAULT]
  return rules.length === tables.length && rules.every(isPlain) && tables.every((id, at) => rules[at]?.table === id)
}

function isPlain({ action, src, dst, tos, fwmark, fwmask, iifname, oifname, flags }: Rule): boolean {
  const selectors = [src, dst, fwmark, fwmask, iifname, oifname]
  return (
    action === RuleAction.LOOKUP &&
    tos === 0 &&
    (flags & RuleFlag.INVERT) === 0 &&
    selectors.every((each) => each === undefined)
  )
}

function tablesOf({ table, l3mdev }: Rule, packet: Packet, snapshot: Snapshot, merged: boolean): number[] {
  if (l3mdev !== undefined) return [vrfTable(packet, snapshot)].filter((id) => id !== undefined)
  if (table === undefined) return []
  if (!merged || table === RouteTableId.DEFAULT) return [table]
  return table === RouteTableId.LOCAL ? [RouteTableId.LOCAL, RouteTableId.MAIN] : []
}

function apply(rule: Rule, tables: readonly number[], candidates: Candidates, packet: Packet): Verdict {
  const { priority, action, goto: target, flags } = rule
  const start = `rule ${priority}`
  if (action === RuleAction.GOTO) {
    const isOpen = (flags & RuleFlag.UNRESOLVED) !== 0 || target === undefined
    return { text: isOpen ? `${start} leads to a rule that there is not` : `${start} leads to rule ${target}` }
  }
  if (action === RuleAction.NOP) return { text: `${start} does nothing` }
  if (action !== RuleAction.LOOKUP) {
    const errno = refusals.get(action) ?? Errno.EINVAL
    return { errno, text: `${start} ${refusalText(errno)}` }
  }
  const names = tables.map(tableName).join(' and ')
  const isOne = tables.length === 1
  const lookup = isOne ? `${start} looks up table ${names}` : `the rules of tables ${names} look them up at once`
  const found = candidates.in(tables)
  const has = isOne ? 'has' : 'have'
  if (found === undefined) return { text: `${lookup}, which ${has} no route to ${packet.dst} that can be used` }
  if (found.errno === Errno.EAGAIN)
    return { text: `${lookup}, where ${found.route.dst} sends it back to the rules (throw)` }
  const { suppressPrefixlen = -1 } = rule
  if (found.errno === undefined && found.length <= suppressPrefixlen) {
    return { text: `${lookup}, and suppresses ${found.route.dst}, whose length is not above ${suppressPrefixlen}` }
  }
  return { found, text: `${lookup}, which ${has} ${found.route.dst}` }
}

const tableNames = new Map<number, string>([
  [RouteTableId.LOCAL, 'local'],
  [RouteTableId.MAIN, 'main'],
  [RouteTableId.DEFAULT, 'default'],
])

function tableName(id: number): string {
  return tableNames.get(id) ?? String(id)
}

/** What becomes of a packet with an error. */
export function refusalText(errno: number): string {
  switch (errno) {
    case Errno.EINVAL:
      return 'drops the packet silently (blackhole)'
    case Errno.EACCES:
      return 'forbids the packet (prohibit): the sender gets "permission denied"'
    case Errno.EHOSTUNREACH:
      return 'refuses the packet (unreachable): the sender gets "no route to host"'
    default:
      return 'refuses the packet: the sender gets "network is unreachable"'
  }
}
