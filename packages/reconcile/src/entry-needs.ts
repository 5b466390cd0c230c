import type { Desired } from './desired.ts'
import type { EntryRules } from './rules.ts'
import { type Need, needOfName } from './waiting/dependency.ts'

/** Whether needs are met, where somebody follows that. */
export interface Knowledge {
  /** Whether a need is met; `undefined` if only an attempt to write the entry shows it. */
  isMet(need: Need): boolean | undefined
  describe(need: Need): string
}

const knowsNothing: Knowledge = { isMet: () => undefined, describe: (need) => need }

/** What desired entries wait for, as far as that is known before they are sent. */
export class EntryNeeds<Entry, Wanted> {
  readonly #rules: EntryRules<Entry>
  readonly #desired: Desired<Entry, Wanted>
  knowledge: Knowledge = knowsNothing

  constructor(rules: EntryRules<Entry>, desired: Desired<Entry, Wanted>) {
    this.#rules = rules
    this.#desired = desired
  }

  /** What a desired entry waits for with all its parts, as far as that is known. */
  of(desired: Entry): Need | undefined {
    return this.ofId(this.#desired.idOf(desired), desired, isDivisible(this.#rules, desired))
  }

  /** What some parts of a desired entry wait for, while others can be used. */
  ofParts(desired: Entry): Need | undefined {
    if (!isDivisible(this.#rules, desired)) return undefined
    const feasible = this.feasible(desired)
    if (feasible === undefined || feasible === desired) return undefined
    return this.ofName(this.#desired.idOf(desired)) ?? this.#unmetPart(desired)
  }

  /** The first need of an entry that is known not to be met. */
  unmet(entry: Entry): Need | undefined {
    return this.#rules.needs?.(entry).find((need) => this.knowledge.isMet(need) === false)
  }

  /** What a desired entry waits for, as far as that is known before it is sent. */
  ofId(id: number, desired: Entry, divisible: boolean): Need | undefined {
    if (!divisible) return this.ofName(id) ?? this.unmet(desired)
    return this.feasible(desired) === undefined ? (this.ofName(id) ?? this.#unmetPart(desired)) : undefined
  }

  /** The name of an interface that an entry waits for, as a need. */
  ofName(id: number): Need | undefined {
    const name = this.#desired.missingName(id)
    return name === undefined ? undefined : needOfName(name)
  }

  /** As much of a divisible entry as can be used now: the entry itself if all of it can; `undefined` if nothing can. */
  feasible(desired: Entry): Entry | undefined {
    return this.#rules.divisible?.feasible(desired, (need) => this.knowledge.isMet(need) !== false)
  }

  #unmetPart(desired: Entry): Need | undefined {
    return this.#rules.divisible?.needs(desired).find((need) => this.knowledge.isMet(need) === false)
  }
}

function isDivisible<Entry>({ divisible }: EntryRules<Entry>, entry: Entry): boolean {
  return divisible?.fields.some((field) => entry[field] !== undefined) ?? false
}
