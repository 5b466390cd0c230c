import { AddressFamily, Errno } from '@rtnl/netlink-core'
import { RuleAction } from '@rtnl/rule'
import { maskOf, parseIpv4 } from '../ipv4.ts'
import type { FibAnswer, FibQuestion, FibTables } from '../routes/fib-table.ts'
import type { FakeRule } from './fake-rule.ts'
import { lookupByRules } from './lookup.ts'
import type { Rules } from './rules.ts'

const loopback = 'lo'
/** The group that interfaces are in from the start; the fake kernel knows no other. */
const groupOfLinks = 0

/** What the rules say of a gateway. */
export function lookupIpv4(rules: Rules, tables: FibTables, question: FibQuestion): FibAnswer {
  const answer = lookupByRules<FibAnswer>(rules, {
    family: AddressFamily.INET,
    oif: question.oif,
    isWithin: ({ iifname, src, dst }) =>
      (iifname === undefined || iifname === loopback) && isWithin(0, src) && isWithin(question.destination, dst),
    act(rule) {
      const said = act(rule, tables, question)
      return ('route' in said ? isSuppressed(rule, said) : said.errno === Errno.EAGAIN) ? undefined : said
    },
  })
  return answer ?? { errno: Errno.ENETUNREACH }
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

function isWithin(address: number, prefix: string | undefined): boolean {
  const [network, length] = (prefix ?? '0.0.0.0/0').split('/')
  return ((address ^ parseIpv4(network ?? '')) & maskOf(Number(length))) === 0
}
