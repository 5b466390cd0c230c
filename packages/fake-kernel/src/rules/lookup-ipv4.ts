import { AddressFamily, Errno } from '@rtnl/netlink-core'
import { RuleAction, RuleFlag } from '@rtnl/rule'
import { maskOf, parseIpv4 } from '../ipv4.ts'
import type { FibAnswer, FibQuestion, FibTables } from '../routes/fib-table.ts'
import type { FakeRule } from './fake-rule.ts'
import type { Rules } from './rules.ts'

const loopback = 'lo'
/** The group that interfaces are in from the start; the fake kernel knows no other. */
const groupOfLinks = 0

/** What the rules say of a gateway: of a packet of the namespace's own, of root, without mark, protocol and ports. */
export function lookupIpv4(rules: Rules, tables: FibTables, question: FibQuestion): FibAnswer {
  const list = rules.of(AddressFamily.INET) ?? []
  for (let at = 0; at < list.length; at++) {
    const rule = list[at]
    if (rule === undefined || !matches(rule, rules, question)) continue
    if (rule.action === RuleAction.NOP) continue
    if (rule.action === RuleAction.GOTO) {
      const target = rules.targetOf(rule)
      // The loop goes on with the target itself.
      if (target !== undefined) at = list.indexOf(target) - 1
      continue
    }
    const answer = act(rule, tables, question)
    if ('route' in answer ? isSuppressed(rule, answer) : answer.errno === Errno.EAGAIN) continue
    return answer
  }
  return { errno: Errno.ENETUNREACH }
}

function act({ action, table }: FakeRule, tables: FibTables, question: FibQuestion): FibAnswer {
  if (action === RuleAction.UNREACHABLE) return { errno: Errno.ENETUNREACH }
  if (action === RuleAction.PROHIBIT) return { errno: Errno.EACCES }
  if (action !== RuleAction.LOOKUP) return { errno: Errno.EINVAL }
  return tables.has(table) ? tables.lookup(table, question) : { errno: Errno.EAGAIN }
}

function isSuppressed(rule: FakeRule, { route, path }: Extract<FibAnswer, { route: unknown }>): boolean {
  const isOfGroup = path.link !== undefined && rule.suppressIfgroup === groupOfLinks
  return route.length <= rule.suppressPrefixlen || isOfGroup
}

function matches(rule: FakeRule, rules: Rules, { destination, oif }: FibQuestion): boolean {
  const isMatch =
    (rule.iifname === undefined || rule.iifname === loopback) &&
    (rule.oifname === undefined || rules.indexOf(rule.oifname) === oif) &&
    (rule.mark & rule.markMask) === 0 &&
    (rule.uidRange === undefined || rule.uidRange.start === 0) &&
    isWithin(0, rule.src) &&
    isWithin(destination, rule.dst) &&
    rule.tos === 0 &&
    (rule.dscp ?? 0) === 0 &&
    rule.ipProto === 0 &&
    rule.sportRange === undefined &&
    rule.dportRange === undefined
  return (rule.flags & RuleFlag.INVERT) !== 0 ? !isMatch : isMatch
}

function isWithin(address: number, prefix: string | undefined): boolean {
  const [network, length] = (prefix ?? '0.0.0.0/0').split('/')
  return ((address ^ parseIpv4(network ?? '')) & maskOf(Number(length))) === 0
}
