import { decide } from './decide.ts'
import { desiredOf } from './desired.ts'
import type { Manner, ReconcileRules } from './rules.ts'

/** An entry that takes the place of another. */
export interface Replacement<Entry> {
  readonly old: Entry
  readonly entry: Entry
  readonly manner: Manner
}

/** A wanted entry, and one of somebody else that is in its way. */
export interface Conflict<Entry> {
  readonly entry: Entry
  readonly actual: Entry
}

/** What is to be done so that the kernel holds what is wanted. */
export interface Plan<Entry> {
  readonly add: readonly Entry[]
  readonly replace: readonly Replacement<Entry>[]
  readonly remove: readonly Entry[]
  /** Ours, as they should be. */
  readonly keep: readonly Entry[]
  /** Entries of others. */
  readonly learned: readonly Entry[]
  /** Wanted entries that cannot be put in without touching those of others. */
  readonly conflicts: readonly Conflict<Entry>[]
}

/**
 * Compares what is wanted with what the kernel holds; changes nothing.
 * @param actual the entries of the kernel, in its order
 * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key
 */
export function plan<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  desired: Iterable<Wanted>,
  actual: Iterable<Entry>,
): Plan<Entry> {
  const { rows } = desiredOf(rules, desired)
  const wanted = new Map<string, Entry>()
  for (let id = 0; id < rows.store.idLimit; id++) {
    const entry = rows.entry(id)
    wanted.set(rules.key(entry), entry)
  }
  const lists = new Map<string, Entry[]>()
  const learned: Entry[] = []
  for (const entry of actual) {
    if (!rules.owns(entry)) learned.push(entry)
    const key = rules.key(entry)
    const list = lists.get(key)
    if (list === undefined) lists.set(key, [entry])
    else list.push(entry)
  }
  const add: Entry[] = []
  const replace: Replacement<Entry>[] = []
  const remove: Entry[] = []
  const keep: Entry[] = []
  const conflicts: Conflict<Entry>[] = []
  for (const key of new Set([...wanted.keys(), ...lists.keys()])) {
    const entry = wanted.get(key)
    const list = lists.get(key) ?? []
    const decision = decide(rules, entry, list)
    const { write } = decision
    if (write !== undefined) {
      const { old, manner } = write
      if (old === undefined) add.push(write.entry)
      else replace.push({ old, entry: write.entry, manner })
    }
    if (decision.keep !== undefined) keep.push(decision.keep)
    if (decision.conflict !== undefined && entry !== undefined) conflicts.push({ entry, actual: decision.conflict })
    remove.push(...decision.remove)
  }
  const rank = (entry: Entry): number => rules.rank?.(entry) ?? 0
  add.sort((a, b) => rank(a) - rank(b))
  replace.sort((a, b) => rank(a.entry) - rank(b.entry))
  remove.sort((a, b) => rank(b) - rank(a))
  return { add, replace, remove, keep, learned, conflicts }
}
