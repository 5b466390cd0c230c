import { attribute, Errno, header, hidden, MessageFlag, MulticastGroup, message, u8, u32 } from '@rtnl/netlink-core'
import { keep, type ReconcileRules } from '@rtnl/reconcile'

// IPv4 policy rules (linux/fib_rules.h): struct fib_rule_hdr, and three of the attributes.
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
    flags: hidden(u32),
  },
  attributes: { priority: attribute(6, u32), fwmark: attribute(10, u32), protocol: attribute(21, u8) },
})
type Rule = ReturnType<typeof ruleMessage.decode>

const types = { new: 32, delete: 33, get: 34 }
const lookUp = 1

/** Rules of one protocol are ours. */
function ruleOwner(protocol: number): ReconcileRules<Rule> {
  return {
    definition: {
      name: 'rule',
      message: ruleMessage,
      types,
      groups: [MulticastGroup.IPV4_RULE],
      key: ['priority'],
      keyText: ({ priority = 0 }) => String(priority),
      partitions: [{ name: 'all', request: { family: 2 } }],
      dumps: 'racy',
    },
    lease: `rules of protocol ${protocol}`,
    normalize({ priority, ...rest }) {
      if (priority === undefined) throw new TypeError('rule.priority: is missing')
      return { table: 254, ...rest, family: 2, action: lookUp, priority, protocol }
    },
    key: ({ priority = 0 }) => String(priority),
    owns: (rule) => rule.protocol === protocol,
    same: (wanted, actual) => wanted.table === actual.table && wanted.fwmark === actual.fwmark,
    // The kernel cannot replace a rule.
    strategy: () => 'recreate',
    flags: () => MessageFlag.CREATE | MessageFlag.EXCL,
    deleteKey: (rule) => rule,
    describe: ({ priority }) => `rule ${priority}`,
    missing: [Errno.ENOENT],
  }
}

const rules = await keep(ruleOwner(84), [{ priority: 100, fwmark: 7, table: 5 }], {
  onCycle: ({ added, replaced, removed }) => console.log(`+${added} ~${replaced} -${removed}`),
})

rules.set({ priority: 100, fwmark: 7, table: 6 })
await rules.idle()
console.log(`${rules.size} rule is kept`)

await rules.closed
