import type { Outcome } from './outcome.ts'
import type { EntryRules } from './rules.ts'

/** Entries that this program wrote and did not remove since. In additive mode only these may be removed. */
export class WrittenEntries<Entry> {
  readonly #rules: EntryRules<Entry>
  readonly #byKey = new Map<string, Entry[]>()
  /** Entries that the running cycle has sent for the first time. The kernel may refuse them. */
  readonly #sent = new Map<string, Entry[]>()

  constructor(rules: EntryRules<Entry>) {
    this.#rules = rules
  }

  /** Whether an entry of the kernel is one that was written here. */
  has(actual: Entry): boolean {
    const known = this.#byKey.get(this.#rules.key(actual)) ?? []
    return known.some((own) => this.#rules.same(own, actual))
  }

  *[Symbol.iterator](): Generator<Entry, void, undefined> {
    for (const entries of this.#byKey.values()) yield* entries
  }

  /** Called before an entry is sent. If it is never sent, the kernel holds no such entry. */
  send(desired: Entry): void {
    if (this.has(desired)) return
    const key = this.#rules.key(desired)
    put(this.#byKey, key, desired)
    put(this.#sent, key, desired)
  }

  /**
   * Called at the end of a cycle. Entries that the kernel refused were not written here, although somebody else may have
   * written them.
   * @param leftOver the entries that were to be removed
   */
  ended({ failed }: Outcome<Entry>, leftOver: readonly Entry[]): void {
    /** What is still there. */
    const stays = new Set<Entry>()
    for (const { action, entry, old } of failed) {
      if (old !== undefined) stays.add(old)
      if (action === 'remove') stays.add(entry)
      else if (this.#isSent(entry)) this.#delete(entry)
    }
    for (const entry of leftOver) if (!stays.has(entry)) this.#delete(entry)
    this.#sent.clear()
  }

  #isSent(entry: Entry): boolean {
    const sent = this.#sent.get(this.#rules.key(entry)) ?? []
    return sent.some((own) => this.#rules.same(own, entry))
  }

  #delete(entry: Entry): void {
    const key = this.#rules.key(entry)
    const left = this.#byKey.get(key)?.filter((own) => !this.#rules.same(own, entry)) ?? []
    if (left.length > 0) this.#byKey.set(key, left)
    else this.#byKey.delete(key)
  }
}

function put<Entry>(entries: Map<string, Entry[]>, key: string, entry: Entry): void {
  const known = entries.get(key)
  if (known === undefined) entries.set(key, [entry])
  else known.push(entry)
}
