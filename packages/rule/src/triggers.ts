import { type Link, linkDefinition } from '@rtnl/link'
import {
  type EntryTrigger,
  type Invalidated,
  onEntry,
  onTable,
  type TableTrigger,
  type TableView,
} from '@rtnl/live-table'
import type { Rule } from './message.ts'
import { partitionOf, partitions } from './partitions.ts'
import { ruleReferences } from './references.ts'

/**
 * A rule names interfaces. When one with the name comes, goes or is renamed, the kernel sets or clears a flag of the rule
 * and sends no message.
 */
export const linkTrigger: TableTrigger<Rule> = onTable(
  linkDefinition,
  'link',
  (old: Link | undefined, next: Link | undefined, table: TableView<Rule>): Invalidated<Rule> => {
    if (old?.ifname === next?.ifname) return []
    // What a relist has shown but the table does not hold yet is not in the index.
    if (table.state !== 'live') return partitions
    const { interfaces } = ruleReferences(table)
    return [old?.ifname, next?.ifname].some((name) => name !== undefined && interfaces.has(name)) ? partitions : []
  },
)

/**
 * A rule may go to a priority. When the first rule with it comes or the last one goes, the kernel sets or clears a flag of
 * those that go to it and sends no message.
 */
export const gotoTrigger: EntryTrigger<Rule> = onEntry(
  'rule',
  (old: Rule | undefined, next: Rule | undefined, table: TableView<Rule>): Invalidated<Rule> => {
    const rule = next ?? old
    if (rule === undefined) return []
    if (table.state !== 'live') return partitionOf(rule.family)
    const { targets } = ruleReferences(table)
    return targets.has(`${rule.family} ${rule.priority ?? 0}`) ? partitionOf(rule.family) : []
  },
)
