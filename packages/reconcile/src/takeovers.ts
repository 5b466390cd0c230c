import { sameValue } from '@rtnl/live-table'
import type { Owner } from './owner.ts'
import type { EntryRules } from './rules.ts'

/** Entries with which other programs have replaced owned ones. The controller replaces them in turn. */
export class Takeovers<Entry> {
  readonly #rules: EntryRules<Entry>
  readonly #entries = new Map<string, Entry>()

  constructor(rules: EntryRules<Entry>) {
    this.#rules = rules
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  has(entry: Entry): boolean {
    return this.#entries.size > 0 && sameValue(this.#entries.get(this.#rules.key(entry)), entry)
  }

  add(entry: Entry): void {
    this.#entries.set(this.#rules.key(entry), entry)
  }

  delete(entry: Entry): void {
    this.#entries.delete(this.#rules.key(entry))
  }

  /** Keeps those that pass a test. */
  retain(test: (entry: Entry) => boolean): void {
    for (const [key, entry] of this.#entries) if (!test(entry)) this.#entries.delete(key)
  }

  /** The same owner, to whom these entries belong too. */
  ownedBy(owner: Owner<Entry>): Owner<Entry> {
    return {
      removesUnwanted: owner.removesUnwanted,
      ours: (desired, list) => {
        const ours = owner.ours(desired, list)
        const taken = list.filter((entry) => this.has(entry) && !ours.includes(entry))
        return taken.length === 0 ? ours : [...ours, ...taken]
      },
      written: owner.written,
    }
  }
}
