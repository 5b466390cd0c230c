import type { TableDefinition } from '@rtnl/live-table'
import { attribute, header, hidden, MulticastGroup, message, u8, u32 } from '@rtnl/netlink-core'

/** IPv4 policy rules, as far as the tests need them: `struct fib_rule_hdr`, and two attributes (`linux/fib_rules.h`). */
const ruleMessage = message('rule', {
  header: {
    family: header(u8),
    dstLen: hidden(u8),
    srcLen: hidden(u8),
    tos: hidden(u8),
    table: header(u8),
    reserved1: hidden(u8),
    reserved2: hidden(u8),
    action: header(u8),
    flags: header(u32),
  },
  attributes: {
    /** `FRA_PRIORITY`; absent in rule 0. */
    priority: attribute(6, u32),
    /** `FRA_FWMARK` */
    fwmark: attribute(10, u32),
  },
})

export type Rule = ReturnType<typeof ruleMessage.decode>

export const ruleDefinition: TableDefinition<Rule> = {
  name: 'rule',
  message: ruleMessage,
  types: { new: 32, delete: 33, get: 34 },
  groups: [MulticastGroup.IPV4_RULE],
  key: ['priority'],
  keyText: ({ priority = 0 }) => String(priority),
  partitions: [{ name: 'all', request: { family: 2 } }],
  // Rules are dumped by their place in a list, which moves when others go.
  dumps: 'racy',
}
