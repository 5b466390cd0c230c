import {
  defineTable,
  type EntryList,
  type ListEdit,
  type ListEvent,
  type ListRules,
  type Partition,
  sameValue,
  type TableDefinition,
} from '@rtnl/live-table'
import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { RuleMessage, ruleHeader, writtenFlags } from './constants.ts'
import { type Rule, ruleMessage } from './message.ts'
import { partitionOf, partitions } from './partitions.ts'
import { gotoTrigger, linkTrigger } from './triggers.ts'

/**
 * Policy rules of IPv4 and IPv6 by priority. The kernel tries rules of equal priority in the order in which they were added,
 * and takes equal rules too: they are a list, to which a new one is appended.
 */
export const ruleDefinition: TableDefinition<Rule> = defineTable({
  name: 'rule',
  message: ruleMessage,
  types: { new: RuleMessage.NEW, delete: RuleMessage.DEL, get: RuleMessage.GET },
  groups: [MulticastGroup.IPV4_RULE, MulticastGroup.IPV6_RULE],
  key: ['family', 'priority'],
  keyText: ({ family, priority = 0 }) => `${family === AddressFamily.INET ? 'inet' : 'inet6'} ${priority}`,
  // The groups carry the rules of multicast routing too.
  accept: ({ view, body }) =>
    view.getUint8(body + ruleHeader.family) === AddressFamily.INET ||
    view.getUint8(body + ruleHeader.family) === AddressFamily.INET6,
  lists: { apply: applyToList, relative: () => true } satisfies ListRules<Rule>,
  partitions,
  // A dump counts the rules that it has shown: where one goes meanwhile, it passes over another one.
  dumps: 'racy',
  triggers: [linkTrigger, gotoTrigger],
})

function applyToList(list: EntryList<Rule>, { kind, entry }: ListEvent<Rule>): readonly ListEdit<Rule>[] {
  if (kind === 'new') return [{ edit: 'insert', place: list.length }]
  for (let place = 0; place < list.length; place++) {
    if (isSameRule(list.entry(place), entry)) return [{ edit: 'remove', place }]
  }
  const family: readonly Partition<Rule>[] = partitionOf(entry.family)
  return [{ edit: 'invalidate', partitions: family }]
}

/** Whether two states are those of one rule: flags that the kernel sets come and go. */
function isSameRule({ flags: left, ...one }: Rule, { flags: right, ...other }: Rule): boolean {
  return ((left ^ right) & writtenFlags) === 0 && sameValue(one, other)
}
