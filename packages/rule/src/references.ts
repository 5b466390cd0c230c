import type { TableView } from '@rtnl/live-table'
import type { Rule } from './message.ts'

/** How many rules refer to something, by its name. */
class Counts {
  readonly #counts = new Map<string, number>()

  change(name: string | undefined, by: 1 | -1): void {
    if (name === undefined) return
    const count = (this.#counts.get(name) ?? 0) + by
    if (count === 0) this.#counts.delete(name)
    else this.#counts.set(name, count)
  }

  has(name: string): boolean {
    return this.#counts.has(name)
  }
}

/** What the rules of a live table refer to. Kept up to date by an observer of the table, for as long as it lives. */
export class RuleReferences {
  /** Names of interfaces. */
  readonly interfaces = new Counts()
  /** Priorities that rules go to, behind their family. */
  readonly targets = new Counts()

  constructor(table: TableView<Rule>) {
    for (const rule of table) this.#count(rule, 1)
    table.observe((old, next) => {
      if (old !== undefined) this.#count(old, -1)
      if (next !== undefined) this.#count(next, 1)
    })
  }

  #count({ family, iifname, oifname, goto: target }: Rule, by: 1 | -1): void {
    this.interfaces.change(iifname, by)
    this.interfaces.change(oifname, by)
    this.targets.change(target === undefined ? undefined : `${family} ${target}`, by)
  }
}

/** Those of a table, made with the first call. */
export function ruleReferences(table: TableView<Rule>): RuleReferences {
  return table.index(makeReferences)
}

function makeReferences(table: TableView<Rule>): RuleReferences {
  return new RuleReferences(table)
}
