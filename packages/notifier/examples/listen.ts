import { attribute, header, hidden, MulticastGroup, message, u8, u32 } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'

// IPv4 policy rules (linux/fib_rules.h): struct fib_rule_hdr, and one of the attributes.
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
  attributes: { priority: attribute(6, u32) },
})
const RTM_NEWRULE = 32
const RTM_DELRULE = 33

const notifier = await Notifier.open()
const listener = notifier.listen({
  name: 'rule',
  groups: [MulticastGroup.IPV4_RULE],
  types: [RTM_NEWRULE, RTM_DELRULE],
  decode: ({ type, view, body, end }) => {
    const { priority = 0, table } = rule.decode(view, body, end)
    return `${type === RTM_NEWRULE ? 'new' : 'deleted'}: priority ${priority}, table ${table}`
  },
})

await listener.update(true)
console.log(`listening: ${listener.status.state}`)
for await (const event of listener) {
  if (event.kind === 'lost') console.log(`messages are lost (${event.reason}): read the table again`)
  else for (const text of event.messages) console.log(text)
}
