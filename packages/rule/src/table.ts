import { checkKey, type EntryKey, LiveTable, type LiveTableOptions, openTableAs } from '@rtnl/live-table'
import { ruleDefinition } from './definition.ts'
import type { Rule } from './message.ts'

/** A key of rules: `family` and `priority`. A rule is its own key. */
export type RuleKey = EntryKey<Rule, 'family' | 'priority'>

/** The policy rules of a namespace, of IPv4 and IPv6, live. */
export class RuleTable extends LiveTable<Rule> {
  /** Opens the table; resolves once it is read. See `openTable` of `@rtnl/live-table` for the errors. */
  static open(options: LiveTableOptions = {}): Promise<RuleTable> {
    return openTableAs(ruleDefinition, (place) => new RuleTable(place), options)
  }

  /**
   * The first rule of a family (`AF_INET`, `AF_INET6`) and priority, or `undefined`.
   * @throws {TypeError | RangeError} the key has no `family` or `priority`, or one that does not fit
   */
  override get(key: RuleKey): Rule | undefined {
    return this.list(key)[0]
  }

  /** The rules of a family and priority, in the order in which the kernel tries them. Throws as `get`. */
  override list(key: RuleKey): Rule[] {
    checkKey('rule', key, ['family', 'priority'])
    return super.list(key)
  }

  /** The rules of a family (`AF_INET`, `AF_INET6`) in the order in which the kernel tries them. */
  inOrder(family: number): Rule[] {
    return rulesInOrder(this).filter((rule) => rule.family === family)
  }
}

/** The rules of a table, those of IPv4 first, in the order in which the kernel tries them. */
export function rulesInOrder(table: LiveTable<Rule>): Rule[] {
  const keys = new Map<string, { readonly family: number; readonly priority: number }>()
  for (const { family, priority = 0 } of table) keys.set(`${family} ${priority}`, { family, priority })
  const ascending = [...keys.values()].sort((one, other) => one.family - other.family || one.priority - other.priority)
  return ascending.flatMap((key) => table.list(key))
}
