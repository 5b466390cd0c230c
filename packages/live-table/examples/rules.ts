import { openTable } from '@rtnl/live-table'
import { attribute, header, hidden, MulticastGroup, message, u8, u32 } from '@rtnl/netlink-core'

// IPv4 policy rules (linux/fib_rules.h): struct fib_rule_hdr, and two of the attributes.
const rule = message('rule', {
  header: {
    family: header(u8),
    dstLen: hidden(u8),
    srcLen: hidden(u8),
    tos: hidden(u8),
    table: header(u8),
    reserved1: hidden(u8),
    reserved2: hidden(u8),
    action: header(u8),
    flags: hidden(u32),
  },
  attributes: { priority: attribute(6, u32), fwmark: attribute(10, u32) },
})

const rules = await openTable({
  name: 'rule',
  message: rule,
  types: { new: 32, delete: 33, get: 34 },
  groups: [MulticastGroup.IPV4_RULE],
  key: ['priority'],
  keyText: ({ priority = 0 }) => String(priority),
  partitions: [{ name: 'all', request: { family: 2 } }],
  dumps: 'racy',
})

for await (const batch of rules.changes()) {
  if (batch.event !== 'change') console.log(`${batch.event}: ${batch.entries} rules`)
  for (const { kind, key, entry } of batch.changes) {
    console.log(`${kind} ${key} (${batch.cause}): fwmark ${entry.fwmark ?? 'any'} table ${entry.table}`)
  }
}
