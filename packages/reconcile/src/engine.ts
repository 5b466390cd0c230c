import type { LiveTable } from '@rtnl/notifier'
import { type Decision, decide } from './decide.ts'
import { Outcome, type Step } from './outcome.ts'
import type { ReconcileRules } from './rules.ts'
import { type PassOptions, Sender, type StepRequest } from './sender.ts'

/** Compares what is wanted with a live table, key by key, and sends the difference. */
export class Engine<Entry> {
  readonly #table: LiveTable<Entry>
  readonly #rules: ReconcileRules<Entry>
  readonly desired: Map<string, Entry>
  /** Requests that the kernel has answered. */
  requests = 0

  constructor(table: LiveTable<Entry>, rules: ReconcileRules<Entry>, desired: Map<string, Entry>) {
    this.#table = table
    this.#rules = rules
    this.desired = desired
  }

  /**
   * Writes what is wanted, then removes what is ours and is not: whatever takes the place of something is in before the
   * old is gone.
   * @param keys only these, each with an entry that has it; all unless told
   * @throws {NetlinkError} no permission: said once
   */
  async pass(keys: ReadonlyMap<string, Entry> | undefined, options: PassOptions<Entry> = {}): Promise<Outcome<Entry>> {
    const outcome = new Outcome<Entry>()
    const sender = new Sender(this.#table.notifier.connection, this.#rules, outcome, options)
    const leftOver: Entry[] = []
    // In an empty table nothing has to be looked up, and what comes in meanwhile is what is written here.
    const empty = keys === undefined && this.#table.size === 0
    try {
      await sender.send(this.#writes(keys, outcome, leftOver, empty))
      // An entry stays where its successor was refused.
      const refused = new Set(outcome.failed.map(({ old }) => old))
      // If the table holds no more than what was found to be right, there is nothing of ours that is not wanted.
      const whole = keys === undefined && !empty && outcome.kept < this.#table.size
      await sender.send(this.#removals(whole, leftOver, refused))
    } finally {
      this.requests += sender.requests
    }
    return outcome
  }

  *#writes(
    keys: ReadonlyMap<string, Entry> | undefined,
    outcome: Outcome<Entry>,
    leftOver: Entry[],
    empty: boolean,
  ): Generator<StepRequest<Entry> | undefined, void, undefined> {
    for (const [key, sample] of this.#ordered(keys ?? this.desired)) {
      const desired = this.desired.get(key)
      const decision = decide(this.#rules, desired, empty ? [] : this.#table.list(sample))
      if (decision.keep !== undefined) outcome.kept++
      if (decision.conflict !== undefined && desired !== undefined) {
        outcome.conflicts.push({ entry: desired, actual: decision.conflict })
      }
      leftOver.push(...decision.remove)
      if (decision.write === undefined) yield undefined
      else yield* this.#write(decision.write, leftOver)
    }
  }

  *#write(
    { entry, manner, old }: NonNullable<Decision<Entry>['write']>,
    leftOver: Entry[],
  ): Generator<StepRequest<Entry>, void, undefined> {
    const step: Step<Entry> = old === undefined ? { action: 'add', entry } : { action: 'replace', entry, old }
    if (manner === 'recreate' && old !== undefined) yield { step, request: this.#rules.erase(old), part: true }
    yield { step, request: this.#rules.write(entry, manner) }
    if (manner === 'beside' && old !== undefined) leftOver.push(old)
  }

  *#removals(
    whole: boolean,
    leftOver: readonly Entry[],
    refused: ReadonlySet<Entry | undefined>,
  ): Generator<StepRequest<Entry> | undefined, void, undefined> {
    const rules = this.#rules
    const ranks = rules.ranks ?? 1
    const removal = (entry: Entry): StepRequest<Entry> => ({
      step: { action: 'remove', entry },
      request: rules.erase(entry),
    })
    for (let rank = ranks - 1; rank >= 0; rank--) {
      const isRanked = (entry: Entry): boolean => ranks === 1 || rules.rank?.(entry) === rank
      for (const entry of leftOver) if (isRanked(entry) && !refused.has(entry)) yield removal(entry)
      if (!whole) continue
      for (const entry of this.#table.scattered()) {
        const gone = rules.owns(entry) && isRanked(entry) && !this.desired.has(rules.key(entry))
        yield gone ? removal(entry) : undefined
      }
    }
  }

  /** What others refer to comes first. */
  #ordered(keys: ReadonlyMap<string, Entry>): Iterable<[string, Entry]> {
    const rules = this.#rules
    if (rules.rank === undefined) return keys
    const rank = ([key, sample]: [string, Entry]): number => rules.rank?.(this.desired.get(key) ?? sample) ?? 0
    return [...keys].sort((a, b) => rank(a) - rank(b))
  }
}
